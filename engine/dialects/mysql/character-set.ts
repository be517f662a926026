/** Every collation of MySQL's is called by its character set, and then by what it does; `binary` is both. */
export const characterSet = (collation: string): string => collation.split('_')[0] ?? collation;
