import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The files that a process reads when it imports a bundle: those that are imported when first needed come later. */
export function readAtOnce(file: string, known = new Set<string>()): ReadonlySet<string> {
  const path = resolve(file);
  if (known.has(path)) return known;
  known.add(path);
  const imported = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*"(\.\/[\w.-]+\.mjs)"/gu);
  for (const [, next = ''] of imported) readAtOnce(join(dirname(path), next), known);
  return known;
}
