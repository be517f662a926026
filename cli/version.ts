import { createRequire } from 'node:module';
import * as z from 'zod';

/** This package's own version; found by its name, since the built files lie one folder deeper than the source. */
export const version = (): string =>
  z.object({ version: z.string() }).parse(createRequire(import.meta.url)('underpin/package.json')).version;
