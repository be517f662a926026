import type { SpecProblem } from '../database/errors.ts';
import { printable } from './fault.ts';

/** `migrations/0001-rename-users-email.yaml` names the migration `rename-users-email`. */
export function nameOf(file: string): string {
  const base = file.split(/[/\\]/).at(-1) ?? '';
  return base.replace(/\.ya?ml$/, '').replace(/^\d+-/, '');
}

/** Names of database objects carry the migration's name, and every engine limits their length. */
const longestName = 40;

/** What is wrong with the name that a file gives. */
export function nameProblems(file: string): readonly SpecProblem[] {
  const name = nameOf(file);
  const start = { line: 1, column: 1, key: '' };
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    const fact = `The file's name gives the migration the name \`${printable(name)}\`, which is not lower-case words with hyphens.`;
    return [{ ...start, fact, remedy: 'Name the file like `0001-rename-users-email.yaml`.' }];
  }
  if (name.length <= longestName) return [];
  const fact = `The migration's name, \`${printable(name)}\` from the file's name, has ${name.length} characters.`;
  return [{ ...start, fact, remedy: `Use at most ${longestName}: names of database objects carry it.` }];
}
