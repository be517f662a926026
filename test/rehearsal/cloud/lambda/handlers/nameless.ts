export const handle = (): string => 'the export has another name';
