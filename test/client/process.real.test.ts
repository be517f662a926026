import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { flag, membersOf } from './scene.ts';

const client = pathToFileURL('client/index.ts').href;

/** Runs a module that uses the client as an application does, with nothing else to do afterwards. */
async function ran(lines: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'underpin-application-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'application.mjs');
  await writeFile(file, [`import { readSwitch } from '${client}';`, ...lines].join('\n'));
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), file],
    { encoding: 'utf8', timeout: 300_000 },
  );
  const out = stdout.split('\n').filter((line) => line !== '');
  return { out, stderr, status, ms: performance.now() - began };
}

const agent = 'http://127.0.0.1:1/applications/a/environments/e/configurations/p';

test('an application that forgets to close its switch ends, and its last metrics are on stdout', async () => {
  const { out, stderr, status, ms } = await ran([
    `const users = readSwitch({ flag: '${flag}', agent: '${agent}' });`,
    `await users.ready();`,
    `await users.read('1', { old: () => 1, new: () => 2 });`,
  ]);
  expect(status).toBe(0);
  expect(out.map(membersOf)).toMatchObject([
    { target: 'shop', migration: 'rename-users-email', path: 'old', Reads: 1, ReadErrors: 0 },
  ]);
  expect(JSON.parse(stderr)).toEqual({
    underpin: 'agent-lost',
    flag,
    what: 'agent-lost',
    reason: 'ECONNREFUSED',
  });
  expect(ms).toBeLessThan(10_000);
});

test('nor does an agent that never answers keep it', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  // This process waits for the other one meanwhile, so that the connection is made and nothing is said.
  const { out, status, ms } = await ran([
    `const users = readSwitch({ flag: '${flag}', agent: 'http://127.0.0.1:${port}/c', timeoutMs: 60_000 });`,
    `await users.ready(100);`,
    `await users.read('1', { old: () => 1, new: () => 2 });`,
  ]);
  expect([status, out.length]).toEqual([0, 1]);
  expect(ms).toBeLessThan(15_000);
});

test('an option that cannot be meant is refused at the start, with its name and the remedy', async () => {
  const { stderr, status } = await ran([`readSwitch({ flag: 'Users', agent: '${agent}' });`]);
  expect(status).toBe(1);
  expect(stderr).toContain('flag "Users" is no key of a read flag: give MIGRATION_TARGET');
});
