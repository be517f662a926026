import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** What a command said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
}

/** A folder of somebody's own with the packed tarballs installed, and no trace of this checkout. */
export interface InstalledPackage {
  readonly folder: string;
  /** The tarball of the package and that of the client. */
  readonly tarballs: readonly string[];
  /** What packing says where a type is wrong. */
  readonly refused: Said;
  /** Runs a program of the folder's node_modules. */
  readonly npx: (words: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<Said>;
  readonly install: (packages: readonly string[]) => Promise<void>;
  readonly close: () => void;
}

/** Packs both packages as a clean checkout would, and installs them into an empty folder, from npm's cache where it has them, as people do who let npm run no scripts. */
export async function installedPackage(): Promise<InstalledPackage> {
  const room = mkdtempSync(join(tmpdir(), 'underpin-installed-'));
  const source = join(room, 'source');
  const folder = join(room, 'shop');
  for (const each of [folder, join(room, 'packed')]) mkdirSync(each);
  copyCheckout(source);
  const pack = () =>
    run('npm', ['pack', '.', './client', '--pack-destination', join(room, 'packed')], source);
  // The check of types takes half a minute, and `npm run check` has done it: what is tested is that packing asks for it.
  await done(run('npm', ['pkg', 'set', 'scripts.types=exit 7'], source));
  const refused = await pack();
  await done(run('npm', ['pkg', 'set', 'scripts.types=exit 0'], source));
  await done(pack());
  rmSync(source, { recursive: true });
  const tarballs = readdirSync(join(room, 'packed')).map((file) => join(room, 'packed', file));
  const install = (packages: readonly string[]) =>
    done(
      run(
        'npm',
        ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...packages],
        folder,
      ),
    );
  await install(tarballs);
  return {
    folder,
    tarballs,
    refused,
    install,
    npx: (words, environment) => run('npx', ['--no-install', ...words], folder, environment),
    close: () => rmSync(room, { recursive: true, force: true }),
  };
}

const leftOut = new Set(['node_modules', 'dist', '.git', '.rehearsal', 'cdk.out']);

function copyCheckout(to: string): void {
  cpSync('.', to, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
  symlinkSync(resolve('node_modules'), join(to, 'node_modules'));
}

export function run(
  program: string,
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  return new Promise((answer) => {
    const settings = { cwd, maxBuffer: 64_000_000, env: { ...process.env, ...environment } };
    execFile(program, [...words], settings, (error, out, errors) =>
      answer({ code: error === null ? 0 : Number(error.code ?? 1), out: `${out}${errors}` }),
    );
  });
}

async function done(running: Promise<Said>): Promise<void> {
  const { code, out } = await running;
  if (code !== 0) throw new Error(out);
}
