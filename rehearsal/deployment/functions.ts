import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every task of the state machines by its name, with the handler's file: task ApplyPhase is apply-phase.ts. */
export function taskFiles(lambdasFolder: string): ReadonlyMap<string, string> {
  const files = readdirSync(lambdasFolder).filter((file) => file.endsWith('.ts'));
  return new Map(files.map((file) => [taskName(file), join(lambdasFolder, file)]));
}

const taskName = (file: string): string =>
  file
    .replace(/\.ts$/u, '')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** By the name under which a deployment would have it (`underpin-apply-phase`), each of these tasks. */
export const deployedNames = (tasks: Iterable<string>): ReadonlyMap<string, string> =>
  new Map([...tasks].map((task) => [`${deployment}-${kebab(task)}`, task]));

/** What the names of a deployment begin with; the command line's default. */
const deployment = 'underpin';

const kebab = (task: string): string =>
  task.replaceAll(/(?<!^)[A-Z]/gu, (letter) => `-${letter}`).toLowerCase();
