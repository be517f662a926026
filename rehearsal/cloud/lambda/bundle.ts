import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles each handler with all it imports into `<outFolder>/<name>/index.mjs` and returns where each is.
 *
 * As it is deployed: minified with names not kept, so that a rehearsal meets what a minifier does to class names.
 *
 * @throws esbuild's BuildFailure when a handler does not compile
 */
export async function bundleFunctions(
  files: ReadonlyMap<string, string>,
  outFolder: string,
  /** Modules that stand in for packages. */
  alias: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, string>> {
  await Promise.all([...files].map(([name, file]) => bundle(resolve(file), join(outFolder, name), alias)));
  return new Map([...files.keys()].map((name) => [name, resolve(outFolder, name, 'index.mjs')]));
}

async function bundle(file: string, folder: string, alias: Readonly<Record<string, string>>): Promise<void> {
  const { metafile } = await build({
    entryPoints: { index: file },
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
  if (Object.values(metafile.outputs).some(({ inputs }) => holdsParser(inputs)))
    await copyFile(parserFile(), join(folder, parser));
}

// No bundler takes WebAssembly in.
const parser = 'libpg-query.wasm';
const parserFile = (): string => createRequire(import.meta.url).resolve(`libpg-query/wasm/${parser}`);

const holdsParser = (inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): boolean =>
  Object.entries(inputs).some(
    ([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('node_modules/libpg-query/'),
  );
