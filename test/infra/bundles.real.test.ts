import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { kebab, taskNames, type TaskName } from '../../infra/constructs/tasks.ts';
import { ofType, synthesised } from './synthesised.ts';

const limit = 600_000;
/** Who may be larger, and by what. */
const larger: Partial<Record<TaskName, { readonly than: number; readonly by: string }>> = {
  CollectEvidence: { than: 650_000, by: 'the parser of SQL' },
  PlanMigration: { than: 1_000_000, by: 'the parsers of YAML and SQL, and everything that makes plans' },
  WriteReport: { than: 830_000, by: 'the clients of S3, Step Functions and CloudWatch, and charts' },
};

const deployed = z.object({ FunctionName: z.string(), Code: z.object({ S3Key: z.string() }) });

let bundles: readonly string[];
/** The folder of a task's bundle. */
let bundleOf: (task: TaskName) => string;
beforeAll(() => {
  const stack = synthesised({}, { bundle: true });
  const folders = new Map(
    ofType(stack, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { data } = deployed.safeParse(Properties);
      return data ? [[data.FunctionName, `asset.${data.Code.S3Key.replace('.zip', '')}`]] : [];
    }),
  );
  bundleOf = (task) => join(stack.folder, folders.get(`underpin-${kebab(task)}`) ?? `no bundle of ${task}`);
  bundles = taskNames.map(bundleOf);
});

const codeOf = (bundle: string): string => readFileSync(join(bundle, 'index.mjs'), 'utf8');
const sizeOf = (bundle: string): number => statSync(join(bundle, 'index.mjs')).size;

describe('what is uploaded', () => {
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

  test('holds the migrations beside the planner and nowhere else', () => {
    const holding = taskNames.filter((task) => existsSync(join(bundleOf(task), 'migrations')));
    expect(holding).toEqual(['PlanMigration']);
    expect(readdirSync(join(bundleOf('PlanMigration'), 'migrations'))).toContain(
      '0001-rename-users-email.yaml',
    );
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
