import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Emulator {
  readonly endpoint: string;
  readonly name: string;
  stop(): Promise<void>;
}

const startWithinMs = 60_000;
const installWithinMs = 180_000;

/**
 * The emulator that `AWS_ENDPOINT_URL` names, else a MiniStack of our own: the one on the path, or that `MINISTACK` names, or,
 * with `install`, one from the Python registry in a folder that is thrown away. Else none.
 */
export async function emulator({ install }: { readonly install: boolean }): Promise<Emulator | undefined> {
  const given = process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined) return { endpoint: given, name: given, stop: () => Promise.resolve() };
  const command = process.env['MINISTACK'] ?? 'ministack';
  if (runs(command, ['--help'])) return startMiniStack(command);
  return install ? startInstalled() : undefined;
}

async function startInstalled(): Promise<Emulator | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'underpin-ministack-'));
  const bin = join(folder, 'bin');
  const installed =
    runs('python3', ['-m', 'venv', folder]) && runs(join(bin, 'pip'), ['install', '--quiet', 'ministack']);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (!installed) {
    remove();
    return undefined;
  }
  const started = await startMiniStack(join(bin, 'ministack'));
  return { ...started, stop: () => started.stop().finally(remove) };
}

const runs = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, [...args], { stdio: 'ignore', timeout: installWithinMs }).status === 0;

async function startMiniStack(command: string): Promise<Emulator> {
  const port = await freePort();
  const child = spawn(command, [], {
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    },
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await gone;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + startWithinMs; Date.now() < until; await sleep(200)) {
    if (child.exitCode !== null) throw new Error(`${command} ended with code ${child.exitCode}`);
    if (await answers(endpoint)) return { endpoint, name: `MiniStack at ${endpoint}`, stop };
  }
  await stop();
  throw new Error(`${command} did not answer within ${startWithinMs / 1000} s`);
}

const answers = async (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_localstack/health`).then(
    ({ ok }) => ok,
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
