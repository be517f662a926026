import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { builtPrograms } from '../rehearsal/deployment/programs.ts';

// What is uploaded for each function, as the build bundles it, and how long a fresh process needs to import it.

const times = 9;

execFileSync('npm', ['run', '--silent', 'programs'], { stdio: 'inherit' });
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${times}\n`);
console.log('| function | bundle | zipped | import |\n|---|---|---|---|');
for (const [name, file] of builtPrograms('dist/programs')?.functions ?? []) {
  const zipped = gzipSync(readFileSync(file)).length;
  const took = Array.from({ length: times }, () => coldImportMs(resolve(file))).toSorted((a, b) => a - b);
  console.log(
    `| ${name} | ${kilobytes(statSync(file).size)} | ${kilobytes(zipped)} | ${Math.round(took[times >> 1] ?? NaN)} ms |`,
  );
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
