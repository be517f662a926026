import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { kebab, taskNames, type TaskName } from '../../infra/constructs/tasks.ts';
import { builtFolder } from '../../infra/from-root.ts';
import { ofType, synthesised } from './synthesised.ts';

const limit = 600_000;
/** Who may be larger, and by what. */
const larger: Partial<Record<TaskName, { readonly than: number; readonly by: string }>> = {
  CollectEvidence: { than: 700_000, by: 'the parser of SQL' },
  PlanMigration: {
    than: 1_100_000,
    by: 'the parsers of YAML and SQL, and everything that makes plans for both engines',
  },
  SteerMigration: { than: 650_000, by: 'the clients of SNS, DynamoDB and Step Functions' },
  WriteReport: { than: 830_000, by: 'the clients of S3, Step Functions and CloudWatch, and charts' },
};

const bundleOf = (task: TaskName): string =>
  dirname(inject('programs').functions.get(task) ?? `no bundle of ${task}`);
const bundles = taskNames.map(bundleOf);

const codeOf = (bundle: string): string => readFileSync(join(bundle, 'index.mjs'), 'utf8');
const sizeOf = (bundle: string): number => statSync(join(bundle, 'index.mjs')).size;

describe('what is built', () => {
  test('is one bundle for each task, with its source map', () => {
    expect(new Set(bundles).size).toBe(taskNames.length);
    for (const bundle of bundles) expect(existsSync(join(bundle, 'index.mjs.map')), bundle).toBe(true);
  });

  test.each(taskNames)('is small: %s', (task) => {
    expect(sizeOf(bundleOf(task))).toBeLessThan(larger[task]?.than ?? limit);
  });

  test('is larger by leave only where it must be', () => {
    const over = taskNames.filter((task) => sizeOf(bundleOf(task)) >= limit);
    expect(over.toSorted()).toEqual(Object.keys(larger).toSorted());
  });

  test('holds what makes plans in the planner and nowhere else', () => {
    // The function by which the planner asks what a new column takes over.
    const making = taskNames.filter((task) => codeOf(bundleOf(task)).includes('underpin.likeness('));
    expect(making).toEqual(['PlanMigration']);
  });

  test('holds the parser of SQL beside the handlers that ask it, and only there', () => {
    const holding = bundles.filter((bundle) => existsSync(join(bundle, 'libpg-query.wasm')));
    const parsing = bundles.filter((bundle) => /_wasm_parse_query/u.test(codeOf(bundle)));
    expect(holding).toHaveLength(2);
    expect(parsing).toEqual(holding);
  });

  test('holds the SDK: nothing is left to the runtime', () => {
    for (const bundle of bundles)
      expect(codeOf(bundle)).not.toMatch(/from ?"@(?:aws-sdk|smithy|aws-lambda)/u);
  });

  test.each(taskNames)('starts in a process that has nothing else: %s', (task) => {
    const script = `console.log(typeof (await import(${JSON.stringify(`${bundleOf(task)}/index.mjs`)})).handler)`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(said.trim()).toBe('function');
  });
});

const deployed = z.object({ FunctionName: z.string(), Code: z.object({ S3Key: z.string() }) });
const manifest = z.object({
  files: z.record(z.string(), z.object({ source: z.looseObject({ path: z.string() }) })),
});

describe('what is uploaded', () => {
  let folders: ReadonlyMap<string, string>;
  beforeAll(() => {
    const stack = synthesised({}, { staged: true });
    const { files } = manifest.parse(
      JSON.parse(readFileSync(join(stack.folder, 'Underpin.assets.json'), 'utf8')),
    );
    folders = new Map(
      ofType(stack, 'AWS::Lambda::Function').map(([, { Properties }]) => {
        const { FunctionName, Code } = deployed.parse(Properties);
        return [
          FunctionName,
          join(stack.folder, files[Code.S3Key.replace('.zip', '')]?.source.path ?? 'no asset'),
        ];
      }),
    );
  });
  const folderOf = (task: TaskName): string => folders.get(`underpin-${kebab(task)}`) ?? `no ${task}`;

  test('is what was built, and the migrations beside the planner alone', () => {
    for (const task of taskNames) {
      const more = task === 'PlanMigration' ? ['migrations'] : [];
      const built = readdirSync(builtFolder(`programs/${task}`));
      expect(readdirSync(folderOf(task)).toSorted(), task).toEqual([...built, ...more].toSorted());
    }
  });

  test('takes migration files along, and nothing else that lies beside them', () => {
    const files = readdirSync(join(folderOf('PlanMigration'), 'migrations'));
    expect(files).toContain('0001-rename-users-email.yaml');
    expect(files.filter((file) => !file.endsWith('.yaml'))).toEqual([]);
  });
});
