import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaced, writePrograms } from './programs.ts';

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

await replaced('dist', async (into) => {
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', into],
    {
      stdio: 'inherit',
    },
  );
  for (const file of besides) cpSync(file, join(into, file));
  chmodSync(join(into, 'bin/underpin.js'), 0o755);
  await writePrograms(into);
});
