import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../rehearsal/database/server-process.ts';
import { installedMiniStack } from './installed-ministack.ts';

export interface Emulator {
  readonly endpoint: string;
  readonly name: string;
  stop(): Promise<void>;
}

const startWithinMs = 60_000;
const stopWithinMs = 10_000;

/**
 * With `install`, a MiniStack of our own, installed where it is not yet. Else the emulator that `AWS_ENDPOINT_URL` names, the
 * MiniStack that `MINISTACK` names, or the one that was installed before. Gives the reason where there is none.
 */
export async function emulator({ install }: { readonly install: boolean }): Promise<Emulator | string> {
  const given = install ? undefined : process.env['AWS_ENDPOINT_URL'];
  if (given !== undefined) return { endpoint: given, name: given, stop: () => Promise.resolve() };
  const named = process.env['MINISTACK'];
  if (named !== undefined) return startMiniStack(named);
  const installed = installedMiniStack({ install });
  return 'missing' in installed ? installed.missing : startMiniStack(installed.command);
}

async function startMiniStack(command: string): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // MiniStack unpacks functions into temporary folders and leaves them there.
  const scratch = mkdtempSync(join(tmpdir(), 'underpin-ministack-'));
  const child = spawn(command, [], {
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      AWS_ENDPOINT_URL: endpoint,
      TMPDIR: scratch,
    },
    stdio: 'ignore',
    // A process group of its own: its functions run in processes that must end with it.
    detached: true,
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(scratch, { recursive: true, force: true });
  };
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  for (const until = Date.now() + startWithinMs; Date.now() < until;) {
    const error = await Promise.race([failed, sleep(200)]);
    if (error || child.exitCode !== null) {
      rmSync(scratch, { recursive: true, force: true });
      throw error ?? new Error(`${command} ended with code ${child.exitCode}`);
    }
    if (await answers(endpoint)) return { endpoint, name: `MiniStack at ${endpoint}`, stop };
  }
  await stop();
  throw new Error(`${command} did not answer within ${startWithinMs / 1000} s`);
}

/** Asks the whole process group to end, and makes it. */
async function ended(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const gone = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
  signal(pid, 'SIGTERM');
  await Promise.race([gone, sleep(stopWithinMs, undefined, { ref: false })]);
  signal(pid, 'SIGKILL');
}

function signal(group: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const answers = async (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_localstack/health`).then(
    ({ ok }) => ok,
    () => false,
  );
