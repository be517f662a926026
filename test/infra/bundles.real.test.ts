import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { kebab, taskNames, type TaskName } from '../../infra/constructs/tasks.ts';
import { builtFolder } from '../../infra/from-root.ts';
import { readAtOnce } from '../../bench/read-at-once.ts';
import { bundlePrograms } from '../../rehearsal/deployment/programs.ts';
import { ofType, synthesised } from './synthesised.ts';

/** Of what a process reads before it has a handler. What is imported when it is first needed comes later. */
const limit = 550_000;
/** Who may be larger, and by what. */
const larger: Partial<Record<TaskName, { readonly than: number; readonly by: string }>> = {
  PlanMigration: { than: 775_000, by: 'the parser of YAML, and everything that reads a migration' },
  WriteReport: { than: 780_000, by: 'the clients of S3, Step Functions and CloudWatch, and charts' },
};

// As they are deployed. The programs of the run share files.
const folder = await mkdtemp(join(tmpdir(), 'underpin-bundles-'));
const { functions } = await bundlePrograms(folder);
afterAll(() => rm(folder, { recursive: true }));

const bundleOf = (task: TaskName): string => dirname(functions.get(task) ?? `no bundle of ${task}`);
const bundles = taskNames.map(bundleOf);

const filesOf = (bundle: string): readonly string[] =>
  readdirSync(bundle)
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => join(bundle, file));
const atOnce = (bundle: string): ReadonlySet<string> => readAtOnce(join(bundle, 'index.mjs'));

const codeOf = (bundle: string, files: Iterable<string> = filesOf(bundle)): string =>
  [...files].map((file) => readFileSync(file, 'utf8')).join('\n');
const sizeOf = (bundle: string): number =>
  [...atOnce(bundle)].reduce((sum, file) => sum + statSync(file).size, 0);

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

  test('reads the SQL of an engine when a target of that engine needs it', () => {
    for (const task of taskNames)
      expect(codeOf(bundleOf(task), atOnce(bundleOf(task))), task).not.toMatch(
        /underpin\.checkpoint|pg_(?:catalog|class|depend)/u,
      );
    expect(codeOf(bundleOf('CutShards'))).toContain('underpin.checkpoint');
    expect(codeOf(bundleOf('CollectEvidence'))).toContain('pg_depend');
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
