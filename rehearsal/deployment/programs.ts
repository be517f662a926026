import { fileURLToPath } from 'node:url';
import { bundleFunctions } from '../cloud/lambda/bundle.ts';
import { standIns } from '../../lambdas/runtime/stand-ins.ts';
import { taskFiles } from './functions.ts';

/** What a rehearsal runs in processes of their own, bundled: the handlers by task name, and the traffic. */
export interface Programs {
  readonly functions: ReadonlyMap<string, string>;
  readonly traffic: string;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const trafficFile = 'rehearsal/traffic/traffic-process.ts';

/** Bundles all programs into a folder, the handlers as a deployment would. */
export async function bundlePrograms(folder: string): Promise<Programs> {
  const tasks = taskFiles(fromRoot('lambdas'));
  const files = await bundleFunctions(
    new Map([...tasks, ['traffic', fromRoot(trafficFile)]]),
    folder,
    Object.fromEntries(Object.entries(standIns).map(([name, file]) => [name, fromRoot(file)])),
  );
  const functions = new Map([...files].filter(([name]) => tasks.has(name)));
  return { functions, traffic: files.get('traffic') ?? '' };
}
