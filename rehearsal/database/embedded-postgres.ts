import { spawn, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { exitCode, lastWords, watchedServer, startOnPort, type DatabaseServer } from './server-process.ts';

export interface PostgresOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Server settings by name, e.g. `{ max_connections: '200' }`; they win over the defaults below. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** fsync stays on: a rehearsal whose commits cost nothing would promise a speed that production cannot keep. */
const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  shared_preload_libraries: 'pg_stat_statements',
  // What a flush of the log takes: `commitLatency` is rehearsed by it. Two looks at the clock for each.
  track_wal_io_timing: 'on',
};

const READY_LINE = 'database system is ready to accept connections';

/**
 * Starts PostgreSQL in about two seconds. Its data folder lies under the temporary folder and goes away with `stop()`
 * or with this process, however that ends. Throws an Error with the server's own last words when it cannot start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<DatabaseServer> {
  const binaries = findPostgresBinaries();
  const folder = mkdtempSync(path.join(tmpdir(), 'underpin-postgres-'));
  const password = randomBytes(12).toString('hex');
  try {
    await createCluster(binaries, folder, password);
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const { process, port } = await startServer(binaries, folder, settings, options.port);
    const urlOf = (database: string): string =>
      `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    const url = urlOf('postgres');
    // SIGQUIT: no last checkpoint.
    return watchedServer(
      { process, folder, endSignal: 'SIGQUIT' },
      {
        url,
        createDatabase: async (name) => {
          await createDatabase(url, name);
          return urlOf(name);
        },
        program: programOptions(binaries, folder, 'ignore'),
        startAgain: async () => (await startServer(binaries, folder, settings, port)).process,
      },
    );
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
  } finally {
    await client.end();
  }
}

async function createCluster(binaries: PostgresBinaries, folder: string, password: string): Promise<void> {
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (binaries.account !== undefined) {
    const { uid, gid } = binaries.account;
    for (const file of [folder, passwordFile]) chownSync(file, uid, gid);
  }
  // Cleartext is enough on the loopback, and spares each new connection the milliseconds that SCRAM costs.
  const initdb = spawn(
    binaries.initdb,
    [
      `--pgdata=${dataFolder(folder)}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=password',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--lc-messages=C',
      '--no-sync',
      '--no-instructions',
    ],
    programOptions(binaries, folder, 'pipe'),
  );
  const words = lastWords(initdb);
  const code = await exitCode(initdb);
  if (code !== 0) throw new Error(`PostgreSQL could not create its data folder in ${folder}:\n${words()}`);
  rmSync(passwordFile);
}

function startServer(
  binaries: PostgresBinaries,
  folder: string,
  settings: Readonly<Record<string, string>>,
  port: number | undefined,
): ReturnType<typeof startOnPort> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return startOnPort({
    product: 'PostgreSQL',
    readyLine: READY_LINE,
    port,
    spawn: (free) =>
      spawn(
        binaries.postgres,
        ['-D', dataFolder(folder), '-p', String(free), ...flags],
        programOptions(binaries, folder, 'pipe'),
      ),
  });
}

/** Detached: Ctrl-C reaches this process alone, which may have a report to finish before the server goes. */
function programOptions(binaries: PostgresBinaries, cwd: string, stdio: SpawnOptions['stdio']): SpawnOptions {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', LC_MESSAGES: 'C', TZ: 'UTC' };
  return { ...binaries.account, cwd, env, stdio, detached: true };
}

function dataFolder(folder: string): string {
  return path.join(folder, 'data');
}
