import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DdlFile } from '../../engine/dialects/ddl.ts';
import { readInput } from '../input-file.ts';
import { UsageError } from '../usage-error.ts';

/** The DDL of files, folders and standard input (`-`), in the order in which it is run. Raises UsageError. */
export async function readDdl(
  paths: readonly string[],
  input: NodeJS.ReadableStream,
): Promise<readonly DdlFile[]> {
  const files: DdlFile[] = [];
  for (const path of paths)
    for (const file of path === '-' ? [path] : await filesOf(path))
      files.push(
        file === '-'
          ? { file: 'standard input', text: await text(input) }
          : { file, text: await readInput(file, (message) => new UsageError(message)) },
      );
  return files;
}

/** Of a folder the SQL files in it and below, as migration tools number them. The way back is another matter. */
async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (isProgram(path)) throw new UsageError(`${path} is a program, and no SQL. ${remedy}`);
  if (found?.isDirectory() !== true) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => /\.sql$/iu.test(name) && !isWayBack(name));
  if (files.length === 0 && names.some(isProgram))
    throw new UsageError(`The migrations in ${path} are programs, and no SQL. ${remedy}`);
  if (files.length === 0)
    throw new UsageError(`${path} has no DDL: no file in it ends in .sql. Give the folder that has it.`);
  return files
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(path, name));
}

/** Of Rails, Django, Alembic, Laravel, Liquibase, Knex and the like. What SQL they become, their own tool alone can say. */
const isProgram = (name: string): boolean => /\.(?:rb|py|php|xml|[cm]?[jt]s|go|java|kt)$/iu.test(name);

const remedy =
  'Let its tool write down the SQL, and give that: docs/convert.md has the command for Rails, Django, Alembic, Laravel and Liquibase.';

/** `down.sql` of Diesel, `….down.sql` of golang-migrate, `U1__….sql` of Flyway. */
const isWayBack = (name: string): boolean =>
  /(?:^|[./\\_-])(?:down|rollback|undo)\.sql$/iu.test(name) ||
  /(?:^|[/\\])U[\d_.]+__[^/\\]*\.sql$/u.test(name);
