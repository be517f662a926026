import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { MigrationFile } from '../engine/lint-migrations.ts';
import { readInput } from './input-file.ts';
import { UsageError } from './usage-error.ts';

/** The migrations of files and folders, each once, a folder's in the order of their names. Raises UsageError. */
export async function readMigrations(paths: readonly string[]): Promise<readonly MigrationFile[]> {
  const files = new Map<string, string>();
  for (const path of paths)
    for (const file of await filesOf(path)) if (!files.has(resolve(file))) files.set(resolve(file), file);
  const texts: MigrationFile[] = [];
  for (const file of files.values())
    texts.push({ file, text: await readInput(file, (message) => new UsageError(message)) });
  return texts;
}

/** As a deployment takes them: the YAML files of the folder, and of no folder in it. */
async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return [path];
  const names = await readdir(path).catch(() => {
    throw new UsageError(`${path} cannot be read. Change its permissions.`);
  });
  const migrations = names.filter((name) => /\.ya?ml$/u.test(name)).toSorted(byNumber);
  if (migrations.length === 0)
    throw new UsageError(
      `${path} has no migration: no file in it ends in .yaml. Give the folder that has them.`,
    );
  return migrations.map((name) => join(path, name));
}

/** 9-x before 10-x, as people count. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
