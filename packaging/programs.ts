import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../rehearsal/cloud/lambda/bundle.ts';
import { bundlePrograms } from '../rehearsal/deployment/programs.ts';

const demo = ['seed-example', 'forget-migrations'];

/** Bundles what is deployed and rehearsed into `programs`, and what the demo adds into `demo`. */
export async function writePrograms(folder: string): Promise<void> {
  await replaceFolder(join(folder, 'programs'), bundlePrograms);
  const files = new Map(demo.map((name) => [name, `infra/demo/functions/${name}.ts`]));
  await replaceFolder(join(folder, 'demo'), (into) => bundleFunctions(files, into));
}

/** Written beside it and renamed: one that fails leaves what was there, and nobody sees half of it. */
export async function replaceFolder(
  folder: string,
  write: (into: string) => Promise<unknown>,
): Promise<void> {
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    await write(fresh);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
