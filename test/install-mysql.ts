import { execFile } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A MySQL for tests, unpacked from the packages of Debian's unstable release (its stable ones have MariaDB alone) by apt,
 * from the mirror that this machine is set up with. Nothing is installed, and no rights are needed: all of it lies in
 * `folder`. Returns its mysqld, or why there is none.
 */
export async function installMysql(
  folder: string,
): Promise<{ readonly mysqld: string } | { readonly why: string }> {
  const mysqld = path.join(folder, 'mysqld');
  if (isThere(mysqld)) return { mysqld };
  const mirror = debianMirror();
  if (mirror === undefined) return { why: 'this machine is not Debian with a mirror in its sources of apt' };
  if (process.arch !== 'x64')
    return { why: `it is fetched for x64 alone, and this machine is ${process.arch}` };
  const unfinished = `${folder}.${process.pid}`;
  try {
    await unpack(mirror, unfinished);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    writeProgram(folder, mysqld);
    return { mysqld };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    return {
      why: `apt could not fetch it: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`,
    };
  }
}

interface Mirror {
  readonly uri: string;
  readonly keyring: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The mirror of the machine's own main archive. */
function debianMirror(): Mirror | undefined {
  if (!isThere('/usr/bin/apt-get') || !isThere('/usr/bin/dpkg-deb') || !isThere(KEYRING)) return undefined;
  const sources = [
    ...textsIn('/etc/apt/sources.list.d').filter(({ file }) => /\.(?:sources|list)$/u.test(file)),
    ...textsIn('/etc/apt').filter(({ file }) => file.endsWith('/sources.list')),
  ];
  for (const { text } of sources) {
    const uri = /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+\/debian\/?)(?:\s|$)/mu.exec(text)?.[1];
    if (uri !== undefined) return { uri, keyring: KEYRING };
  }
  return undefined;
}

/** An apt of its own: it believes that nothing is installed, so that it fetches the C library too. */
async function unpack({ uri, keyring }: Mirror, folder: string): Promise<void> {
  const apt = path.join(folder, 'apt');
  const archives = path.join(apt, 'cache', 'archives');
  for (const each of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(path.join(apt, each), { recursive: true });
  writeFileSync(path.join(apt, 'status'), '');
  writeFileSync(path.join(apt, 'sources.list'), `deb [signed-by=${keyring}] ${uri} sid main\n`);
  writeFileSync(
    path.join(apt, 'options'),
    `Dir::State "${apt}/state";
Dir::State::status "${apt}/status";
Dir::Cache "${apt}/cache";
Dir::Etc::sourcelist "${apt}/sources.list";
Dir::Etc::sourceparts "${apt}/parts";
Dir::Etc::preferencesparts "${apt}/parts";
Debug::NoLocking "1";
APT::Install-Recommends "0";
APT::Sandbox::User "";
Acquire::Languages "none";
`,
  );
  const env = { ...process.env, APT_CONFIG: path.join(apt, 'options'), LC_ALL: 'C.UTF-8' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-qq', '--download-only', '--yes', 'mysql-server-core'], { env });
  const packages = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  for (const each of packages) await run('dpkg-deb', ['--extract', path.join(archives, each), folder]);
  rmSync(apt, { recursive: true });
}

/** Runs it with the libraries that came with it. */
function writeProgram(folder: string, mysqld: string): void {
  const usr = path.join(folder, 'usr');
  const libraries = path.join(usr, 'lib', 'x86_64-linux-gnu');
  writeFileSync(
    mysqld,
    `#!/bin/sh
[ "$1" = --no-defaults ] && shift
exec '${path.join(libraries, 'ld-linux-x86-64.so.2')}' --library-path '${libraries}' '${path.join(usr, 'sbin', 'mysqld')}' \\
  --no-defaults '--basedir=${usr}' '--lc-messages-dir=${path.join(usr, 'share', 'mysql')}' "$@"
`,
  );
  chmodSync(mysqld, 0o755);
}

function textsIn(folder: string): readonly { readonly file: string; readonly text: string }[] {
  if (!isThere(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(folder, entry.name))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}

function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
