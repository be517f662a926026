import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyDeclarations } from './declarations.ts';
import { replaceFolder, writePrograms } from './programs.ts';

/** What runs and is no TypeScript; each lies in `dist` as it lies here. */
const besides = [
  ...readdirSync('statemachines')
    .filter((file) => file.endsWith('.asl.json'))
    .map((file) => `statemachines/${file}`),
  ...readdirSync('cli/init/app').map((file) => `cli/init/app/${file}`),
  'rehearsal/cloud/lambda/runtime.mjs',
  'rehearsal/data/example-schema.sql',
  'rehearsal/data/mysql-example-schema.sql',
  'migrations/0001-rename-users-email.yaml',
  'migrations/mysql/0001-rename-users-email.yaml',
];

function compile(project: string, into: string): void {
  const compiler = 'node_modules/typescript/bin/tsc';
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', into], { stdio: 'inherit' });
}

await replaceFolder('dist', async (into) => {
  compile('tsconfig.build.json', into);
  // Whoever installs it imports the construct alone: no other types are of use to them.
  const declarations = `${into}.declarations`;
  compile('tsconfig.declarations.json', declarations);
  copyDeclarations('infra/cdk.d.ts', declarations, into);
  rmSync(declarations, { recursive: true });
  for (const file of besides) cpSync(file, join(into, file));
  chmodSync(join(into, 'bin/underpin.js'), 0o755);
  await writePrograms(into);
});
