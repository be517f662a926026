import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import * as z from 'zod';
import { installedPackage, run, type InstalledPackage } from './installed-package.ts';

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installedPackage();
});
afterAll(() => installed.close());

const inFolder = (...path: readonly string[]): string => join(installed.folder, ...path);

/** The example, with windows of a second, and no guardrail for what a busy machine does to reads. */
function shortMigration(): string {
  const document = parseDocument(readFileSync('migrations/0001-rename-users-email.yaml', 'utf8'));
  document.setIn(['reads', 'ramp'], [100]);
  document.setIn(['guardrails', 'rollback'], { errorRate: '50%', latencyP95: '+1000%' });
  for (const key of ['reads.bake', 'confidence.window', 'confidence.reconcileEvery'])
    document.setIn(key.split('.'), '1s');
  return document.toString();
}

describe('installed into an empty folder', () => {
  test('the command line answers, with neither CDK nor a bundler beside it', async () => {
    const { code, out } = await installed.npx(['underpin', '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('rehearse')]);
    expect(
      ['aws-cdk-lib', 'esbuild', 'tsx'].filter((name) => existsSync(inFolder('node_modules', name))),
    ).toEqual([]);
  });

  test('it is not packed where a type is wrong', () => {
    expect(installed.refused.code).toBe(7);
  });

  test.each([
    'start rename-users-email',
    'status',
    'status rename-users-email',
    'approve contract --migration rename-users-email',
    'reject contract --migration rename-users-email --reason tested',
    'pause rename-users-email --reason tested',
    'report rename-users-email',
    'runbook rename-users-email',
  ])('%s loads all that it imports, and says that nobody answers', async (words) => {
    const { code, out } = await installed.npx(['underpin', ...words.split(' ')], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
    });
    expect([code, out]).toEqual([4, expect.stringContaining('ECONNREFUSED')]);
  });

  test('the client imports nothing but Node', async () => {
    const script = "import { bucketOf } from 'underpin-client'; console.log(bucketOf('7'))";
    expect(await run('node', ['--input-type=module', '--eval', script], installed.folder)).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\n$/u),
    });
    expect(readdirSync(inFolder('node_modules', 'underpin-client')).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
  });

  test('without a file, the example that the package brings is meant', async () => {
    const { code, out } = await installed.npx('underpin rehearse --schema not-there.sql'.split(' '));
    expect([code, out]).toEqual([2, expect.stringContaining('not-there.sql')]);
  });
});

const ownApp = `
import { App, Stack } from 'aws-cdk-lib';
import { Alarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { DatabaseCluster, type IDatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Underpin, type UnderpinProps } from 'underpin/cdk';

const stack = new Stack(new App(), 'Shop');
const cluster: IDatabaseCluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier: 'orders-prod' });
const secret: ISecret = Secret.fromSecretCompleteArn(stack, 'Secret', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf');
const notify: ITopic = new Topic(stack, 'Pager');
const alarm: IAlarm = Alarm.fromAlarmArn(stack, 'Checkout', 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:checkout-errors');
new Underpin(stack, 'Underpin', {
  migrations: './migrations',
  targets: [{ name: 'shop', cluster, secret, database: 'shop' }],
  notify,
  alarms: [alarm],
});
// @ts-expect-error The folder is no number: the types of the package are found.
export const wrong: UnderpinProps['migrations'] = 7;
`;

const template = z.object({ Resources: z.record(z.string(), z.looseObject({ Type: z.string() })) });

test('it brings no source map, and the types of the construct alone', () => {
  const shipped = readdirSync(inFolder('node_modules', 'underpin', 'dist'), { recursive: true }).map(String);
  expect(shipped.filter((file) => file.endsWith('.map'))).toEqual([]);
  const typed = shipped.filter((file) => file.endsWith('.d.ts'));
  expect(typed).toContain(join('infra', 'cdk.d.ts'));
  expect(typed.filter((file) => /^(?:cli|rehearsal|bin|engine)/u.test(file))).toEqual([]);
});

describe('in somebody’s CDK app', () => {
  beforeAll(async () => {
    const { devDependencies } = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    await installed.install(
      ['aws-cdk-lib', 'constructs', 'tsx', 'typescript', '@types/node'].map(
        (name) => `${name}@${devDependencies[name]}`,
      ),
    );
    writeFileSync(inFolder('own.ts'), ownApp);
    mkdirSync(inFolder('migrations'), { recursive: true });
    writeFileSync(inFolder('migrations', '0001-rename-users-email.yaml'), shortMigration());
  });

  test('the construct takes CDK’s own types, and the types are found', async () => {
    const words = '--noEmit --module nodenext --target es2022 --strict --skipLibCheck --types node own.ts';
    expect(await installed.npx(['tsc', ...words.split(' ')])).toEqual({ code: 0, out: '' });
  });

  test('it synthesises with the handlers as they were shipped and the migrations of the app', async () => {
    const cdk = join(process.cwd(), 'node_modules/aws-cdk/bin/cdk');
    const synth = ['synth', '--quiet', '--no-notices', '--app', 'npx tsx own.ts'];
    const { code, out } = await run(process.execPath, [cdk, ...synth], installed.folder);
    // Quiet, but for what the CDK's own program says of feature flags.
    expect([code, out.replace(/^\d+ feature flags .*\n/u, '')]).toEqual([0, '']);
    const { Resources } = template.parse(
      JSON.parse(readFileSync(inFolder('cdk.out', 'Shop.template.json'), 'utf8')),
    );
    const types = Object.values(Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(20);
    const planner = readdirSync(inFolder('cdk.out')).find((name) => name.startsWith('planner.')) ?? '';
    expect(readdirSync(inFolder('cdk.out', planner, 'migrations'))).toEqual(['0001-rename-users-email.yaml']);
  });
});

const workflowShape = z.looseObject({
  jobs: z.record(
    z.string(),
    z.looseObject({
      steps: z.array(z.looseObject({ name: z.string().optional(), run: z.string().optional() })),
    }),
  ),
});

describe('the app that init --app writes', () => {
  /** Runs a step of its workflow as GitHub does: by bash, which ends at the first failure. */
  async function step(
    named: string,
    environment: Readonly<Record<string, string>> = {},
    adapted: (script: string) => string = (script) => script,
  ): Promise<string> {
    const { jobs } = workflowShape.parse(
      parse(readFileSync(inFolder('.github/workflows/migrations.yml'), 'utf8')),
    );
    const found = Object.values(jobs).flatMap(({ steps }) => steps.filter(({ name }) => name === named));
    const variables = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
    const { code, out } = await run(
      'bash',
      ['-ec', `${variables.join('')}${adapted(found[0]?.run ?? 'exit 99')}`],
      installed.folder,
    );
    expect(code, out).toBe(0);
    return out;
  }
  const git = (...words: readonly string[]) =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], installed.folder);

  beforeAll(async () => {
    writeFileSync(inFolder('README.md'), 'mine');
    const { code, out } = await installed.npx(['underpin', 'init', '--app']);
    expect(code, out).toBe(0);
    expect(out).toContain('kept     README.md');
    await git('init');
    await git('add', 'app.ts', 'cdk.json');
    await git('commit', '--message', 'the app');
    await git('add', 'migrations');
    await git('commit', '--message', 'a migration');
  });

  test('overwrites nothing', () => {
    expect(readFileSync(inFolder('README.md'), 'utf8')).toBe('mine');
  });

  test('has the right types, and synthesises', async () => {
    await step('Types');
    const cdk = join(process.cwd(), 'node_modules/aws-cdk/bin/cdk');
    expect(await run(process.execPath, [cdk, 'synth', '--quiet', '--no-notices'], installed.folder)).toEqual({
      code: 0,
      out: '',
    });
  });

  test('plans in its workflow what the pull request changes, and lints all', async () => {
    const base = (await git('rev-parse', 'HEAD~1')).out.trim();
    await step('Which migrations does the pull request change?', { BASE: base, GITHUB_OUTPUT: 'output.txt' });
    expect(readFileSync(inFolder('output.txt'), 'utf8')).toBe('any=true\n');
    expect(readFileSync(inFolder('changed.txt'), 'utf8')).toBe('migrations/0001-rename-users-email.yaml\n');
    await step('Plan', { GITHUB_STEP_SUMMARY: 'summary.md' });
    expect(readFileSync(inFolder('plan.md'), 'utf8')).toContain('rename-users-email');
    expect(await step('Lint')).toContain('nothing wrong');
  });

  test('rehearses in its workflow what the pull request changes, on the schema that is committed', async () => {
    cpSync('rehearsal/data/example-schema.sql', inFolder('schema.sql'));
    // Without traffic: on a busy machine requests grow slow enough to trip the guardrail.
    const quietly = (script: string): string => script.replace('--approve', '--approve --traffic 0');
    expect(await step('Rehearse', {}, quietly)).toContain('completed');
    expect(readdirSync(inFolder('.rehearsal'))).toContainEqual(
      expect.stringMatching(/^0001-rename-users-email-\d{8}T\d{6}Z\.html$/u),
    );
  });
});
