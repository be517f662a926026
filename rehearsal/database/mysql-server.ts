import { spawn, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConnection, escapeId } from 'mysql2/promise';
import type { MysqlBinary } from './mysql-binary.ts';
import { exitCode, lastWords, watchedServer, startOnPort, type DatabaseServer } from './server-process.ts';

export interface MysqlOptions {
  /** Server options by name, e.g. `{ 'sync-binlog': '0' }`; they win over the defaults below. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A folder that keeps an empty data directory between starts; making one takes seconds. */
  readonly cache?: string;
}

/** Commits stay durable: a rehearsal whose commits cost nothing would promise a speed that production cannot keep. */
const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  'bind-address': '127.0.0.1',
  mysqlx: '0',
  'skip-name-resolve': '1',
  'secure-file-priv': 'NULL',
  'innodb-buffer-pool-size': '256M',
  'innodb-redo-log-capacity': '512M',
  'lower-case-table-names': '0',
  'log-bin-trust-function-creators': '1',
  'local-infile': '1',
  // Older servers take a foreign key that refers to what is not unique, and dumps of theirs have some.
  'loose-restrict-fk-on-non-standard-key': '0',
  // A statement whose digest is cut counts as one that names the column that goes: one with a hundred columns is not cut here.
  'max-digest-length': '4096',
  'performance-schema-max-digest-length': '4096',
  'performance-schema-events-statements-history-long-size': '100',
};

const READY_LINE = 'ready for connections';

/**
 * Starts MySQL. Its data folder lies under the temporary folder and goes away with `stop()` or with this process, however
 * that ends. Throws an Error with the server's own last words when it cannot start.
 */
export async function startMysql(binary: MysqlBinary, options: MysqlOptions = {}): Promise<DatabaseServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'underpin-mysql-'));
  const password = randomBytes(12).toString('hex');
  try {
    await fillDataFolder(binary, folder, options.cache);
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const { process, port } = await startServer(binary, folder, settings, password);
    const url = `mysql://underpin:${password}@127.0.0.1:${port}/`;
    return watchedServer(
      { process, folder, endSignal: 'SIGKILL' },
      {
        url,
        createDatabase: async (name) => {
          await createDatabase(url, name);
          return `${url}${encodeURIComponent(name)}`;
        },
        program: programOptions(folder),
        startAgain: async () => (await startServer(binary, folder, settings, password, port)).process,
      },
    );
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(`CREATE DATABASE ${escapeId(name, true)}`);
  } finally {
    await connection.end();
  }
}

/** An empty data directory; one that was kept is copied, which takes a tenth of a second. */
async function fillDataFolder(binary: MysqlBinary, folder: string, cache: string | undefined): Promise<void> {
  const kept = cache === undefined ? undefined : path.join(cache, `data-${binary.version}`);
  if (kept === undefined || !existsSync(kept)) await initialize(binary, folder);
  if (kept === undefined) return;
  if (existsSync(kept)) return cpSync(kept, dataFolder(folder), { recursive: true });
  // Two that start at once make one each; the later one's takes the place.
  const unfinished = `${kept}.${process.pid}`;
  mkdirSync(path.dirname(kept), { recursive: true });
  cpSync(dataFolder(folder), unfinished, { recursive: true });
  // The identity of a server is not to be had twice.
  rmSync(path.join(unfinished, 'auto.cnf'), { force: true });
  if (!existsSync(kept)) renameSync(unfinished, kept);
  else rmSync(unfinished, { recursive: true });
}

async function initialize({ mysqld }: MysqlBinary, folder: string): Promise<void> {
  // Small files are copied sooner; the server makes its redo log as large as it is told when it starts.
  const small = ['--innodb-redo-log-capacity=8M', '--skip-log-bin'];
  const args = ['--no-defaults', '--initialize-insecure', ...small, ...common(folder)];
  const program = spawn(mysqld, args, programOptions(folder));
  const words = lastWords(program);
  const code = await exitCode(program);
  if (code !== 0) throw new Error(`MySQL could not create its data folder in ${folder}:\n${words()}`);
}

function startServer(
  { mysqld }: MysqlBinary,
  folder: string,
  settings: Readonly<Record<string, string>>,
  password: string,
  port?: number,
): ReturnType<typeof startOnPort> {
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const first = path.join(folder, 'first.sql');
  // Statements of an init file end with their line.
  writeFileSync(
    first,
    `CREATE USER IF NOT EXISTS underpin@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO underpin@'%' WITH GRANT OPTION;\n`,
    { mode: 0o600 },
  );
  const places = [`--socket=${path.join(folder, 's')}`, `--init-file=${first}`, ...common(folder)];
  return startOnPort({
    product: 'MySQL',
    readyLine: READY_LINE,
    port,
    spawn: (free) =>
      spawn(mysqld, ['--no-defaults', `--port=${free}`, ...places, ...flags], programOptions(folder)),
  });
}

const common = (folder: string): readonly string[] => [
  `--datadir=${dataFolder(folder)}`,
  // Root must say that it means it.
  ...(process.getuid?.() === 0 ? ['--user=root'] : []),
];

/** Detached: Ctrl-C reaches this process alone, which may have a report to finish before the server goes. */
function programOptions(cwd: string): SpawnOptions {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  return { cwd, env, stdio: 'pipe', detached: true };
}

const dataFolder = (folder: string): string => path.join(folder, 'data');
