import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DdlFile } from '../../engine/dialects/ddl.ts';
import { readInput } from '../input-file.ts';
import { UsageError } from '../usage-error.ts';
import type { RailsReader } from './rails/read-rails.ts';

/** The DDL of files, folders and standard input (`-`), in the order in which it is run. Raises UsageError. */
export async function readDdl(
  paths: readonly string[],
  input: NodeJS.ReadableStream,
): Promise<readonly DdlFile[]> {
  const files: DdlFile[] = [];
  let rails: RailsReader | undefined;
  for (const path of paths)
    for (const file of path === '-' ? [path] : await filesOf(path)) {
      if (file === '-') {
        files.push({ file: 'standard input', text: await text(input) });
        continue;
      }
      const written = await readInput(file, (message) => new UsageError(message));
      if (isRuby(file)) {
        // Ruby's parser costs who gives it no Ruby nothing.
        rails ??= await (await import('./rails/read-rails.ts')).railsReader();
        const program = rails.read(file, written);
        // One of many is named like any other thing that is not read.
        if (program === undefined && file === path) throw new UsageError(noMigration(file));
        files.push(program ?? rails.unread(file, written));
      } else files.push({ file, text: written });
    }
  return files;
}

const isRuby = (name: string): boolean => /\.rb$/iu.test(name);

const noMigration = (file: string): string =>
  basename(file) === 'schema.rb'
    ? `${file} says what a database is, and not what is done to it. Give the migrations: db/migrate.`
    : `${file} is no migration of Rails: no class in it inherits from ActiveRecord::Migration.`;

/** Of a folder the SQL files and the migrations of Rails in it and below, as they are numbered. The way back is another matter. */
async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (isProgram(path)) throw new UsageError(`${path} is a program. ${remedy}`);
  if (found?.isDirectory() !== true) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => isOfRails(name) || (/\.sql$/iu.test(name) && !isWayBack(name)));
  if (files.length === 0 && names.some(isProgram))
    throw new UsageError(`The migrations in ${path} are programs. ${remedy}`);
  if (files.length === 0)
    throw new UsageError(
      `${path} has no DDL: no file in it ends in .sql or is a migration of Rails. Give the folder that has it.`,
    );
  return files
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(path, name));
}

/** Of Django, Alembic, Laravel, Liquibase, Knex and the like. What SQL they become, their own tool alone can say. */
const isProgram = (name: string): boolean => /\.(?:py|php|xml|[cm]?[jt]s|go|java|kt)$/iu.test(name);

const remedy =
  'Have its tool write the SQL, and convert that: docs/convert.md has the command for Django, Alembic, Laravel and Liquibase.';

/** As Rails itself knows them in its folder. */
const isOfRails = (name: string): boolean => /(?:^|[/\\])\d+_\w+(?:\.\w+)?\.rb$/u.test(name);

/** `down.sql` of Diesel, `….down.sql` of golang-migrate, `U1__….sql` of Flyway. */
const isWayBack = (name: string): boolean =>
  /(?:^|[./\\_-])(?:down|rollback|undo)\.sql$/iu.test(name) ||
  /(?:^|[/\\])U[\d_.]+__[^/\\]*\.sql$/u.test(name);
