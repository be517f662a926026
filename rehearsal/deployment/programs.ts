import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { standIns } from '../../lambdas/runtime/stand-ins.ts';
import { taskFiles } from './functions.ts';

/** What a rehearsal runs in processes of their own, bundled: the handlers by task name, and the traffic. */
export interface Programs {
  readonly functions: ReadonlyMap<string, string>;
  readonly traffic: string;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const traffic = 'traffic';

/** As they were bundled when the package was built: the very files that are deployed. Undefined where this runs from its sources. */
export function builtPrograms(folder = fromRoot('programs')): Programs | undefined {
  if (!existsSync(folder)) return undefined;
  return programsOf(new Map(readdirSync(folder).map((name) => [name, join(folder, name, 'index.mjs')])));
}

/** Bundles all programs as they are deployed: each into a folder of its own, which needs nothing else. */
export const bundlePrograms = (folder: string): Promise<Programs> => bundled(folder, 'bundleFunctions');

/** Bundles all programs for this machine, which takes a fifth of the time: they share what several of them import. */
export const bundleProgramsTogether = (folder: string): Promise<Programs> =>
  bundled(folder, 'bundleTogether');

async function bundled(folder: string, by: 'bundleFunctions' | 'bundleTogether'): Promise<Programs> {
  // Who has them built does not have the bundler.
  const { [by]: bundle } = await import('../cloud/lambda/bundle.ts');
  const entries = new Map([
    ...taskFiles(fromRoot('lambdas')),
    [traffic, fromRoot('rehearsal/traffic/traffic-process.ts')],
  ]);
  const alias = Object.fromEntries(Object.entries(standIns).map(([name, file]) => [name, fromRoot(file)]));
  return programsOf(await bundle(entries, folder, alias));
}

const programsOf = (files: ReadonlyMap<string, string>): Programs => ({
  functions: new Map([...files].filter(([name]) => name !== traffic)),
  traffic: files.get(traffic) ?? '',
});
