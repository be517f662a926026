import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles each handler with all it imports into `<outFolder>/<name>.mjs` and returns where each is.
 *
 * As a deployment would: minified with names not kept, so that a rehearsal meets what a minifier does to class names.
 *
 * @throws esbuild's BuildFailure when a handler does not compile
 */
export async function bundleFunctions(
  files: ReadonlyMap<string, string>,
  outFolder: string,
  /** Modules that stand in for packages. */
  alias: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, string>> {
  await build({
    entryPoints: Object.fromEntries([...files].map(([name, file]) => [name, resolve(file)])),
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
    logLevel: 'silent',
  });
  await copyFile(
    createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm'),
    join(outFolder, 'libpg-query.wasm'),
  );
  return new Map([...files.keys()].map((name) => [name, resolve(join(outFolder, `${name}.mjs`))]));
}
