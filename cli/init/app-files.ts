import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { UsageError } from '../usage-error.ts';

/** What `init --app` writes, and the file of this package that holds it; npm takes no file along that begins with a dot. */
const appFiles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'package.json': 'package.json',
    'tsconfig.json': 'tsconfig.json',
    'cdk.json': 'cdk.json',
    '.gitignore': 'gitignore',
    'app.ts': 'app.ts',
    'migrations/README.md': 'migrations.md',
    '.github/workflows/migrations.yml': 'workflow.yml',
    'README.md': 'README.md',
  }),
);

export interface WrittenApp {
  readonly written: readonly string[];
  /** They were there, and stay as they are. */
  readonly kept: readonly string[];
  /** The packages that a package.json which was there lacks, as npm takes them. */
  readonly lacking: readonly string[];
}

/** Writes a CDK app into a folder, beside what is there. Raises UsageError where it cannot be a folder. */
export async function writeApp(folder: string): Promise<WrittenApp> {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new UsageError(`"${folder}" is a file. Give the folder of the app.`);
  const lacking = lackingIn(join(folder, 'package.json'));
  const files = [...appFiles.keys()];
  const kept = files.filter((file) => existsSync(join(folder, file)));
  const written = files.filter((file) => !kept.includes(file));
  for (const file of written) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, templateOf(file), { flag: 'wx' });
  }
  return { written, kept, lacking };
}

const dependencies = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** What is there already may be a packed file: npm would look for its name in the registry. */
function lackingIn(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const own = dependencies.safeParse(jsonIn(file));
  if (!own.success) throw new UsageError(`${file} is no package.json that npm could read. Fix it first.`);
  const wanted = dependencies.parse(JSON.parse(templateOf('package.json'))).devDependencies;
  return Object.entries(wanted).flatMap(([name, version]) =>
    name in own.data.dependencies || name in own.data.devDependencies ? [] : [`${name}@${version}`],
  );
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** The text of one of the app's files. */
export const templateOf = (file: string): string =>
  readFileSync(new URL(`app/${appFiles.get(file) ?? file}.template`, import.meta.url), 'utf8');
