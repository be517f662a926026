import { deployedNode } from '../cloud/lambda/node-binary.ts';

/** `v24.21.0`, or `v20.20.2, on AWS on Node 24` where `npm run node24` was not run. */
export const nodeOfHandlers = (version: string): string =>
  version.startsWith(`v${deployedNode}.`) ? version : `${version}, on AWS on Node ${deployedNode}`;
