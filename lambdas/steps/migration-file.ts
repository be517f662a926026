import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { parseSpec, type Spec } from '../../engine/spec/spec.ts';
import { environment } from '../runtime/environment.ts';

/** The file that declares a migration, of those that were deployed. Raises InvalidSpec. */
export async function readMigration(migration: string): Promise<Spec> {
  const folder = migrationsFolder();
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/u.test(file));
  const named = files.filter((file) => file.replace(/^\d+-/u, '').replace(/\.ya?ml$/u, '') === migration);
  const [file] = named;
  if (file === undefined)
    throw new InvalidSpec(`there is no migration "${migration}" among: ${files.join(', ')}`);
  if (named.length > 1)
    throw new InvalidSpec(`more than one file declares "${migration}": ${named.join(', ')}`);
  return parseSpec(await readFile(join(folder, file), 'utf8'), file);
}

// On Lambda a relative folder is one beside the handler.
const migrationsFolder = (): string =>
  resolve(process.env['LAMBDA_TASK_ROOT'] ?? '', environment().UNDERPIN_MIGRATIONS);
