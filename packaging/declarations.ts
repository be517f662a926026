import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const imported = /(?:\bfrom |\bimport\()'(\.[^']+)\.(?:js|ts)'/gu;

/** Copies a declaration and those that it stands on, and no other: the compiler emits one for every source that it reads. */
export function copyDeclarations(entry: string, from: string, into: string): void {
  const copied = new Set<string>();
  const copy = (file: string): void => {
    if (copied.has(file)) return;
    copied.add(file);
    cpSync(join(from, file), join(into, file));
    for (const [, path = ''] of readFileSync(join(from, file), 'utf8').matchAll(imported))
      copy(join(dirname(file), `${path}.d.ts`));
  };
  copy(entry);
}
