import { createRequire } from 'node:module';

/** This package's own version; found by its name, since the built files lie one folder deeper than the source. */
export function version(): string {
  const about: unknown = createRequire(import.meta.url)('underpin/package.json');
  if (typeof about === 'object' && about !== null && 'version' in about && typeof about.version === 'string')
    return about.version;
  throw new Error('underpin/package.json names no version');
}
