import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = [
  'engine',
  'lambdas',
  'client',
  'cli',
  'report',
  'infra',
  'rehearsal',
  'migrations',
  'statemachines',
  'bench',
  'bin',
  'packaging',
];
const packages = ['pg', 'zod', 'yaml', 'node:fs', '@aws-sdk/client-sfn', 'aws-cdk-lib', 'd3-shape'];

/** The third column of the table in CONTRIBUTING.md, by folder. */
const table = new Map(
  [
    ...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(
      /^\| `([\w-]+(?:\/\w+)?)\/` *\|[^|]*\|([^|]*)\|$/gmu,
    ),
  ].map(([, folder = '', may = '']) => [folder, may]),
);

/** What the table lets a folder import: other folders by name, packages by name or all of them. */
function mayImport(folder: string, imported: string): boolean {
  const may = table.get(folder) ?? '';
  const names = new Set([...may.matchAll(/`([^`]+)`/gu)].map(([, name = '']) => name));
  if (names.has(imported)) return true;
  if (packages.includes(imported)) {
    if (/\bpackages\b/u.test(may)) return true;
    return (
      (imported.startsWith('node:') && may.includes("Node's own modules")) ||
      (imported.startsWith('aws-cdk') && may.includes('CDK')) ||
      (imported.startsWith('@aws-sdk') && may.includes('the AWS SDK'))
    );
  }
  return false;
}

const diagnostics = z.object({
  diagnostics: z.array(z.object({ code: z.string(), message: z.string(), filename: z.string() })),
});

let folder: string;
let refused: ReadonlySet<string>;

/** How a file of a folder would name it: another folder from the root, a room beside it, or a package. */
function pathTo(from: string, imported: string): string {
  if (packages.includes(imported)) return imported;
  if (imported === 'rehearsal/stage') return '../stage/some/file.ts';
  if (imported.startsWith(`${from}/`)) return `.${imported.slice(from.length)}/some/file.ts`;
  return `${'../'.repeat(from.split('/').length)}${imported}/some/file.ts`;
}

const importers = [...folders, 'rehearsal/cloud'];
const importsOf = (importer: string): readonly string[] => [
  ...[...folders, 'test', 'lambdas/runtime'].filter(
    (other) => other.split('/')[0] !== importer.split('/')[0],
  ),
  ...(importer === 'rehearsal/cloud' ? ['rehearsal/stage'] : []),
  'engine/dialects/postgres',
  ...packages,
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'underpin-imports-'));
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const importer of importers) {
    const file = join(folder, importer, 'some-file.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      importsOf(importer)
        .map((other, at) => `export { it as it${at} } from '${pathTo(importer, other)}';`)
        .join('\n'),
    );
  }
  refused = await refusedImports();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function refusedImports(): Promise<ReadonlySet<string>> {
  const output = await new Promise<string>((resolve) => {
    execFile(join(root, 'node_modules/.bin/oxlint'), ['--format', 'json', '.'], { cwd: folder }, (_, text) =>
      resolve(text),
    );
  });
  return new Set(
    diagnostics
      .parse(JSON.parse(output))
      .diagnostics.filter(({ code }) => code.includes('no-restricted-imports'))
      .map(({ message, filename }) => `${dirname(filename)} ${/'([^']+)'/u.exec(message)?.[1] ?? ''}`),
  );
}

test.each(importers.flatMap((importer) => importsOf(importer).map((other) => ({ importer, other }))))(
  'the linter and the import table agree on $importer importing $other',
  ({ importer, other }) => {
    const whole = other === 'lambdas/runtime' && mayImport(importer, 'lambdas');
    expect(refused.has(`${importer} ${pathTo(importer, other)}`)).toBe(!mayImport(importer, other) && !whole);
  },
);
