// `npm run node24`: fetches, by npm, the Node on which AWS runs the handlers, so that rehearsals and tests run them on it too.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import {
  deployedNode,
  nodeFolder,
  nodeForFunctions,
  nodePackages,
  thisMachine,
} from './cloud/lambda/node-binary.ts';

const name = nodePackages[thisMachine];
if (name === undefined) {
  console.error(
    `npm has no Node ${deployedNode} for ${thisMachine}. The handlers run on ${process.version}.`,
  );
  process.exit(1);
}
mkdirSync(nodeFolder, { recursive: true });
const fetched = [`${name}@${deployedNode}`, '--no-save', '--no-audit', '--no-fund', '--no-bin-links'];
execFileSync('npm', ['install', '--prefix', nodeFolder, ...fetched], { stdio: 'inherit' });
console.log(`The handlers run on Node ${nodeForFunctions().version} from now on.`);
