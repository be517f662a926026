import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder under the temporary one. It goes away with `close()` or with this process, however that ends. */
export interface ScratchFolder {
  readonly path: string;
  close(): Promise<void>;
}

// Standard input is a pipe that only this process holds open: its end comes even after `kill -9`.
const watch = `trap '' HUP INT TERM; read -r word; [ "$word" = done ] || rm -rf "$1"`;

export async function scratchFolder(prefix: string): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  const keeper = spawn('/bin/sh', ['-c', watch, 'keeper', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  // Where there is no shell, the folder still goes with `close()`.
  keeper.on('error', () => undefined);
  keeper.stdin.on('error', () => undefined);
  keeper.unref();
  if ('unref' in keeper.stdin && typeof keeper.stdin.unref === 'function') keeper.stdin.unref();
  return {
    path,
    close: async () => {
      await rm(path, { recursive: true, force: true });
      keeper.stdin.end('done\n');
    },
  };
}
