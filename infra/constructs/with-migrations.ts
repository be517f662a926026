import { Names, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The planner's bundle with the migrations beside it, put together in the folder of the assembly. Raises an error where the folder holds none. */
export function withMigrations(scope: Construct, bundle: string, migrations: string): string {
  const files = migrationFiles(migrations);
  const stage = Stage.of(scope);
  if (!stage) throw new Error('Underpin must be in a stack of an app');
  const folder = join(stage.assetOutdir, `planner.${Names.uniqueId(scope)}`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(bundle, folder, { recursive: true });
  mkdirSync(join(folder, 'migrations'));
  for (const file of files) cpSync(join(migrations, file), join(folder, 'migrations', file));
  return folder;
}

function migrationFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((file) => /\.ya?ml$/u.test(file));
  } catch (cause) {
    throw new Error(
      `migrations: there is no folder ${folder}. Make it, or give the one that holds your migration files`,
      { cause },
    );
  }
}
