import { fileURLToPath } from 'node:url';

/** A path in the project, from wherever the app is started. */
export const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
