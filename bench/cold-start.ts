import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { builtPrograms } from '../rehearsal/deployment/programs.ts';
import { readAtOnce } from './read-at-once.ts';

// What is uploaded for each function, as the build bundles it, and how long a fresh process needs to import it. `read at
// once`: without what is imported when it is first needed.

const times = 9;

execFileSync('npm', ['run', '--silent', 'programs'], { stdio: 'inherit' });
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${times}\n`);
console.log('| function | bundle | zipped | read at once | import |\n|---|---|---|---|---|');
for (const [name, file] of builtPrograms('dist/programs')?.functions ?? []) {
  const folder = dirname(file);
  const all = readdirSync(folder)
    .filter((each) => each.endsWith('.mjs'))
    .map((each) => join(folder, each));
  const zipped = all.reduce((sum, each) => sum + gzipSync(readFileSync(each)).length, 0);
  const took = Array.from({ length: times }, () => coldImportMs(resolve(file))).toSorted((a, b) => a - b);
  console.log(
    `| ${name} | ${kilobytes(bytesOf(all))} | ${kilobytes(zipped)} | ${kilobytes(bytesOf(readAtOnce(file)))} | ${Math.round(took[times >> 1] ?? NaN)} ms |`,
  );
}

function bytesOf(files: Iterable<string>): number {
  return [...files].reduce((sum, each) => sum + statSync(each).size, 0);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

/** From before the import to after it, in a process that has done nothing else. */
function coldImportMs(file: string): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t)`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--enable-source-maps', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    }),
  );
}
