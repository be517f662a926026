import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

type Files = ReadonlyMap<string, string>;
/** Modules that stand in for packages. */
type StandIns = Readonly<Record<string, string>>;

/**
 * Bundles each handler with all it imports into `<outFolder>/<name>/index.mjs` and returns where each is.
 *
 * As it is deployed: minified with names not kept, so that a rehearsal meets what a minifier does to class names.
 *
 * @throws esbuild's BuildFailure when a handler does not compile
 */
export async function bundleFunctions(files: Files, outFolder: string, alias: StandIns = {}): Promise<Files> {
  await Promise.all(
    [...files].map(([name, file]) => bundle({ index: resolve(file) }, join(outFolder, name), alias)),
  );
  return bundlesIn(outFolder, files);
}

/**
 * The same for one machine, in a fifth of the time: what several of them import is read once, and lies once in
 * `<outFolder>`, beside their folders.
 */
export async function bundleTogether(files: Files, outFolder: string, alias: StandIns = {}): Promise<Files> {
  const entries = [...files].map(([name, file]) => [`${name}/index`, resolve(file)] as const);
  await bundle(Object.fromEntries(entries), outFolder, alias);
  return bundlesIn(outFolder, files);
}

const bundlesIn = (folder: string, files: Files): Files =>
  new Map([...files.keys()].map((name) => [name, resolve(folder, name, 'index.mjs')]));

async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  folder: string,
  alias: StandIns,
): Promise<void> {
  const { metafile } = await build({
    entryPoints: { ...entryPoints },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Packages that bring an ESM build are smaller and start sooner by it.
    mainFields: ['module', 'main'],
    alias,
    // CommonJS inside an ES module still calls require for Node's own modules.
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    // The parser of SQL is WebAssembly, which it looks for beside itself.
    define: { __dirname: 'import.meta.dirname' },
    minify: true,
    keepNames: false,
    // What is imported when it is first needed lies beside it, and is not read before.
    splitting: true,
    chunkNames: '[name]-[hash]',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
  });
  const parsing = Object.entries(metafile.outputs).filter(([, { inputs }]) => holdsParser(inputs));
  await Promise.all(parsing.map(([output]) => copyFile(parserFile(), join(dirname(output), parser))));
}

// No bundler takes WebAssembly in.
const parser = 'libpg-query.wasm';
const parserFile = (): string => createRequire(import.meta.url).resolve(`libpg-query/wasm/${parser}`);

const holdsParser = (inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): boolean =>
  Object.entries(inputs).some(
    ([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('node_modules/libpg-query/'),
  );
