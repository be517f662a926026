import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A `mysqld` that can be started, and what it calls itself. */
export interface MysqlBinary {
  readonly mysqld: string;
  /** `9.7.4` */
  readonly version: string;
}

/** The oldest that migrations run on: it creates procedures only where they are not there. */
const OLDEST = [8, 0, 29] as const;

/** There is a program, and it is not one that migrations are rehearsed on. */
export class UnusableMysql extends Error {
  override readonly name = 'UnusableMysql';
}

/**
 * The MySQL of this machine: the program that UNDERPIN_MYSQLD names, else the `mysqld` on the PATH. Undefined where there
 * is none. Throws UnusableMysql for MariaDB, for an older version, and for a named program that does not run.
 */
export function findMysql(env: NodeJS.ProcessEnv): MysqlBinary | undefined {
  const named = env['UNDERPIN_MYSQLD'];
  if (named !== undefined && named !== '') return usable(named);
  const mysqld = onPath(env['PATH'] ?? '');
  return mysqld === undefined ? undefined : usable(mysqld);
}

/** Throws UnusableMysql. */
export function usable(mysqld: string): MysqlBinary {
  let says: string;
  try {
    says = execFileSync(mysqld, ['--no-defaults', '--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    throw new UnusableMysql(`${mysqld} does not tell its version. Name a program that runs.`, { cause });
  }
  return { mysqld, version: readVersion(mysqld, says) };
}

/** From what `mysqld --version` prints. Throws UnusableMysql. */
export function readVersion(mysqld: string, says: string): string {
  if (/mariadb/iu.test(says))
    throw new UnusableMysql(
      `${mysqld} is MariaDB, which differs from MySQL in DDL, JSON and SQL. Install MySQL, or name its mysqld in UNDERPIN_MYSQLD.`,
    );
  const version = /\bVer (\d+\.\d+\.\d+)/u.exec(says)?.[1];
  if (version === undefined)
    throw new UnusableMysql(`${mysqld} does not tell its version: ${says.trim().slice(0, 200)}`);
  if (isOlder(version.split('.').map(Number)))
    throw new UnusableMysql(
      `${mysqld} is MySQL ${version}; ${OLDEST.join('.')} is the oldest that migrations run on. Install a newer one.`,
    );
  return version;
}

function isOlder(parts: readonly number[]): boolean {
  for (const [at, least] of OLDEST.entries()) {
    const part = parts[at] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}

function onPath(folders: string): string | undefined {
  // Distributions put servers where the PATH of an ordinary user does not reach.
  const places = [...folders.split(path.delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/mysql/bin'];
  return places
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'mysqld'))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
