import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Gives PostgreSQL's libraries the short names that its programs load them by. npm's archives hold no links, so the package
 * makes them in an install script, and many people let npm run none.
 */
export function linkLibraries(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = path.join(native, '..', target);
    if (!existsSync(link)) linkOnce(path.relative(path.dirname(target), source), link);
  }
}

function linkOnce(file: string, link: string): void {
  try {
    symlinkSync(file, link);
  } catch (cause) {
    // Another rehearsal was faster.
    if (existsSync(link)) return;
    throw new Error(
      `PostgreSQL's libraries are not linked, and ${path.dirname(link)} cannot be written. ` +
        `Run npm rebuild as who installed it, or use --database-url with a server of your own.`,
      { cause },
    );
  }
}
