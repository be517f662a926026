import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';

// What is uploaded for each function, as `cdk synth` bundles it, and how long a fresh process needs to import it.

const times = 9;

const template = z.object({ Resources: z.record(z.string(), z.unknown()) });
const lambda = z.object({
  Type: z.literal('AWS::Lambda::Function'),
  Properties: z.object({ FunctionName: z.string(), Code: z.object({ S3Key: z.string() }) }),
});

const folder = mkdtempSync(join(tmpdir(), 'underpin-cold-'));
try {
  execFileSync('npx', ['cdk', 'synth', '--quiet', '--no-notices', '--output', folder], { stdio: 'ignore' });
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${times}\n`);
  console.log('| function | bundle | zipped | import |\n|---|---|---|---|');
  for (const { name, file } of functionsIn(folder)) {
    const zipped = gzipSync(readFileSync(file)).length;
    const took = Array.from({ length: times }, () => coldImportMs(file)).toSorted((a, b) => a - b);
    console.log(
      `| ${name} | ${kilobytes(statSync(file).size)} | ${kilobytes(zipped)} | ${Math.round(took[times >> 1] ?? NaN)} ms |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

function functionsIn(assembly: string): readonly { readonly name: string; readonly file: string }[] {
  const text = readFileSync(join(assembly, 'Underpin.template.json'), 'utf8');
  return Object.values(template.parse(JSON.parse(text)).Resources).flatMap((resource) => {
    const { data } = lambda.safeParse(resource);
    if (!data) return [];
    const { FunctionName, Code } = data.Properties;
    const asset = `asset.${Code.S3Key.replace('.zip', '')}`;
    return [{ name: FunctionName.replace('underpin-', ''), file: join(assembly, asset, 'index.mjs') }];
  });
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
