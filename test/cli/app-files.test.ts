import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { templateOf, writeApp } from '../../cli/init/app-files.ts';
import { said } from './said.ts';
import { commentMark } from '../../cli/plan/markdown.ts';

const json = (text: string): unknown => JSON.parse(text);
const versions = z.record(z.string(), z.string());

describe('the app that init --app writes', () => {
  test('asks for the versions that this package is tested with', () => {
    const own = z
      .object({ version: z.string(), devDependencies: versions })
      .parse(json(readFileSync('package.json', 'utf8')));
    const { devDependencies } = z
      .object({ devDependencies: versions })
      .parse(json(templateOf('package.json')));
    const tested: Record<string, string | undefined> = { ...own.devDependencies, underpin: own.version };
    for (const [name, version] of Object.entries(devDependencies))
      expect([name, version]).toEqual([name, tested[name]]);
  });

  test('has the feature flags of CDK that this repository has', () => {
    const context = z.looseObject({ context: z.unknown() });
    expect(context.parse(json(templateOf('cdk.json'))).context).toEqual(
      context.parse(json(readFileSync('cdk.json', 'utf8'))).context,
    );
  });
});

describe('beside a package.json that is there', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'underpin-app-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (text: string): void => writeFileSync(join(folder, 'package.json'), text);

  test('it names the packages that are lacking, and none that is there', async () => {
    put(
      '{"devDependencies":{"underpin":"file:../underpin-0.1.0.tgz","tsx":"*"},"dependencies":{"constructs":"*"}}',
    );
    const { kept, lacking } = await writeApp(folder);
    expect(kept).toEqual(['package.json']);
    expect(lacking.map((each) => each.replace(/@[^@]*$/u, ''))).toEqual([
      '@types/node',
      'aws-cdk',
      'aws-cdk-lib',
      'typescript',
    ]);
    const { out } = await said(['init', '--app', folder]);
    expect(out).toContain(`npm install --save-dev ${lacking.join(' ')}`);
  });

  test('what is no JSON is said before anything is written', async () => {
    put('{');
    await expect(writeApp(folder)).rejects.toThrow(/package\.json is no package\.json that npm could read/u);
    expect(readdirSync(folder)).toEqual(['package.json']);
  });
});

const step = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const job = z.looseObject({ permissions: versions, steps: z.array(step), if: z.string().optional() });
const workflow = z
  .looseObject({ permissions: z.unknown(), jobs: z.record(z.string(), job) })
  .parse(parse(templateOf('.github/workflows/migrations.yml')));
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([, each]) => each.steps);

describe('its workflow', () => {
  test('gives nothing to all jobs, and to each what it needs', () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
      check: { contents: 'read' },
      comment: { 'pull-requests': 'write' },
      rehearse: { contents: 'read' },
      deploy: { contents: 'read', 'id-token': 'write' },
    });
  });

  test('runs no package where the pull request may be written to', () => {
    const { steps: commenting = [] } = workflow.jobs['comment'] ?? {};
    expect(
      commenting.filter(
        ({ run = '', uses = '' }) => /\bn(?:pm|px|ode)\b/u.test(run) || /checkout/u.test(uses),
      ),
    ).toEqual([]);
  });

  test('has credentials of AWS on main alone, after the packages were installed', () => {
    const withCredentials = jobs.filter(([, each]) =>
      each.steps.some(({ uses }) => uses?.startsWith('aws-actions/') === true),
    );
    expect(withCredentials.map(([name, { if: when }]) => [name, when])).toEqual([
      ['deploy', "github.event_name == 'push'"],
    ]);
    const order = withCredentials[0]?.[1].steps.map(({ run, uses }) => run ?? uses ?? '') ?? [];
    expect(order.indexOf('npm ci')).toBeLessThan(order.findIndex((each) => each.startsWith('aws-actions/')));
  });

  test('takes actions by commit, and no text of a pull request into a shell', () => {
    for (const { uses, run = '' } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/u);
      expect(run).not.toContain('${{');
    }
  });

  test('finds its comment by the mark that the plan begins with', () => {
    expect(steps.some(({ run }) => run?.includes(`startswith("${commentMark}")`) === true)).toBe(true);
  });
});
