import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
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
  const { metafile } = await build({
    entryPoints: Object.fromEntries([...files].map(([name, file]) => [`${name}/index`, resolve(file)])),
    outdir: outFolder,
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
    splitting: false,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
  });
  const parsing = Object.entries(metafile.outputs).filter(([, { inputs }]) => holdsParser(inputs));
  await Promise.all(parsing.map(([output]) => copyFile(parserFile(), join(dirname(output), parser))));
  return new Map([...files.keys()].map((name) => [name, resolve(outFolder, name, 'index.mjs')]));
}

// No bundler takes WebAssembly in.
const parser = 'libpg-query.wasm';
const parserFile = (): string => createRequire(import.meta.url).resolve(`libpg-query/wasm/${parser}`);

const holdsParser = (inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): boolean =>
  Object.entries(inputs).some(
    ([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes('node_modules/libpg-query/'),
  );
