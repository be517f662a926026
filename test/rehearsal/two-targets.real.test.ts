import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeExecutionCommand, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Address } from '../../cli/aws/address.ts';
import { Deployment } from '../../cli/aws/deployment.ts';
import type { Screen } from '../../cli/screen.ts';
import { readOverview } from '../../cli/status/look.ts';
import { overviewLines } from '../../cli/status/overview-lines.ts';
import { GuardrailMetrics, guardrailAlarmArnOf } from '../../rehearsal/deployment/guardrail-alarms.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { localTarget } from '../../rehearsal/deployment/local-target.ts';
import { Closers } from '../../rehearsal/stage/closers.ts';
import { freshDatabase } from '../fresh-database.ts';
import { eventually } from '../eventually.ts';
import { putAlarms } from '../infra/stack-alarms.ts';
import { synthesised } from '../infra/synthesised.ts';

const screen: Screen = {
  line: () => {},
  note: () => {},
  styled: (_, text) => text,
  interactive: false,
  columns: 200,
};

const migration = 'rename-users-email';
const targets = ['shop', 'billing'] as const;
type TargetName = (typeof targets)[number];

// Called as our functions call themselves in a rehearsal, which their metrics have for a dimension.
const stack = synthesised({
  name: 'rehearsal',
  targets: targets.map((name) => ({
    name,
    clusterIdentifier: name,
    secretArn: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`,
    database: name,
  })),
});
const alarmOf = (target: TargetName, name: string): string => `rehearsal-${target}-${name}`;

const opened = new Closers();
let cloud: LocalCloud;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'underpin-two-targets-'));
  opened.later(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, '0001-rename-users-email.yaml'), await migrationFile());
  const databases = [];
  for (const target of targets) databases.push(localTarget(await exampleDatabase(), target));
  cloud = await opened.add(
    startLocalCloud({
      targets: databases,
      migrationsFolder: folder,
      limits: { errorRate: 0.01, latencyP95: 1 },
      functions: inject('programs').functions,
      speed: 10,
    }),
  );
  cloudWatch = new CloudWatchClient(cloud.cloudWatchPlace);
  opened.later(() => Promise.resolve(cloudWatch.destroy()));
  await putAlarms(cloudWatch, stack, {
    arn: (name) =>
      guardrailAlarmArnOf('shop').replace(
        /[^:]+$/u,
        name.replace(/^rehearsal-(.+-guardrails)$/u, 'underpin-$1'),
      ),
    only: (name) => /-migration-(?:open|breached)$/u.test(name),
  });
});
afterAll(() => opened.close());

async function isOn(target: TargetName, name: string): Promise<boolean> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({
      AlarmNames: [alarmOf(target, name)],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    }),
  );
  const [alarm] = [...MetricAlarms, ...CompositeAlarms];
  if (!alarm) throw new Error(`${target} has no alarm ${name}`);
  return alarm.StateValue === 'ALARM';
}

const untilIsOn = (target: TargetName, name: string, on: boolean) =>
  eventually(async () => expect(await isOn(target, name)).toBe(on), 300_000);

/** The example with a gate before the reads, and a window after it that nobody waits out. */
async function migrationFile(): Promise<string> {
  const document = parseDocument(await readFile('migrations/0001-rename-users-email.yaml', 'utf8'));
  document.setIn(['gates'], ['read-switch', 'contract']);
  document.setIn(['reads', 'ramp'], [50, 100]);
  document.setIn(['reads', 'bake'], '5h');
  return document.toString();
}

async function exampleDatabase(): Promise<string> {
  const database = await freshDatabase();
  opened.later(() => database.drop());
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(await readFile('rehearsal/data/example-schema.sql', 'utf8'));
  await sql.query(
    "INSERT INTO users (email) SELECT 'user-' || n || '@example.com' FROM generate_series(1, 200) AS n",
  );
  await sql.end();
  return database.url;
}

const addressOf = (target?: TargetName): Address => ({
  name: 'underpin',
  region: undefined,
  profile: undefined,
  target,
  rehearsal: { pid: process.pid, startedAt: '', migration, ...cloud.peoplesPlace },
  words: '',
});

async function start(input: object, stateMachineArn = cloud.machines.migration): Promise<string> {
  const { executionArn = '' } = await cloud.sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

const ended = async (executionArn = '') => {
  for (;;) {
    const it = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (it.status !== 'RUNNING') return it;
    await sleep(50);
  }
};

/** What a target's migration waits at now. */
async function waitsAt(target: TargetName): Promise<string | undefined> {
  const deployment = new Deployment(addressOf(target));
  const { surroundings, migrations } = await deployment.describe();
  const [known] = migrations;
  return known && (await deployment.openHold(surroundings, known))?.hold;
}

const untilAt = (target: TargetName, hold: string) =>
  eventually(async () => expect(await waitsAt(target)).toBe(hold), 300_000);

/** The flag of a target's application, as its agent answers; undefined where there is none. */
async function flagOf(target: TargetName): Promise<string | undefined> {
  const answer = await fetch(`${cloud.agentUrlOf(target)}?flag=${migration}_${target}`);
  return answer.ok ? JSON.stringify(await answer.json()) : undefined;
}

test('a target that is not said, or is none, is refused with those that are there', async () => {
  const said = { error: 'NoSuchTarget', cause: expect.stringContaining('shop, billing') };
  expect(await ended(await start({ migration }))).toMatchObject(said);
  expect(await ended(await start({ migration, target: 'shops' }))).toMatchObject(said);
  const decision = { migration, hold: 'read-switch', decision: 'reject', reason: 'no' };
  expect(await ended(await start(decision, cloud.machines.decide))).toMatchObject(said);
  const unsaid = new Deployment(addressOf());
  await expect(unsaid.describe()).rejects.toThrow('several targets: shop, billing. Say which: --target shop');
  await expect(unsaid.describe(migration)).rejects.toThrow('several targets: shop, billing');
});

test('one file runs in two databases at once, and they do not meet', async () => {
  for (const target of targets) expect(await isOn(target, 'migration-open')).toBe(false);
  const executions = new Map<TargetName, string>();
  for (const target of targets) executions.set(target, await start({ migration, target }));
  // One file runs in both databases at once, and each waits at a gate of its own.
  await Promise.all(targets.map((target) => untilAt(target, 'read-switch')));
  // What its functions log of it turns on the alarm that people's notices depend on.
  for (const target of targets) await untilIsOn(target, 'migration-open', true);

  // A decision opens the gate of its target, and moves the reads of its application alone.
  const decision = { migration, hold: 'read-switch', decision: 'approve', reason: 'fine' };
  expect(await ended(await start({ ...decision, target: 'shop' }, cloud.machines.decide))).toMatchObject({
    status: 'SUCCEEDED',
  });
  await untilAt('shop', 'bake-50');
  expect(await waitsAt('billing')).toBe('read-switch');
  await eventually(async () => expect(await flagOf('shop')).toContain('-50'), 300_000);
  expect(await flagOf('billing')).toBeUndefined();

  // The alarm of one target rolls back its migration, and not the other's.
  const metrics = new GuardrailMetrics(cloud.cloudWatchPlace, 'shop');
  const heard = untilIsOn('shop', 'migration-breached', true);
  await metrics.publish({ errorRate: 0.5, latencyExcess: 0 });
  await heard;
  expect(await isOn('billing', 'migration-breached')).toBe(false);
  expect(await ended(executions.get('shop'))).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
  await eventually(
    async () => {
      const stateMachineArn = cloud.machines.breach;
      const { executions: looking = [] } = await cloud.sfn.send(
        new ListExecutionsCommand({ stateMachineArn }),
      );
      expect(looking.map(({ status }) => status)).not.toContain('RUNNING');
      expect(looking.length).toBeGreaterThan(0);
    },
    // It looks ten times, over half a minute.
    300_000,
  );
  expect(await waitsAt('billing')).toBe('read-switch');
  await untilIsOn('shop', 'migration-open', false);
  expect(await isOn('billing', 'migration-open')).toBe(true);

  // Each has its own report, and its own line in the overview.
  const reports = [...cloud.reports.keys()].map((key) => key.split('/').slice(1, 3).join('/'));
  expect(new Set(reports)).toEqual(new Set([`shop/${migration}`]));
  const overview = await readOverview(new Deployment(addressOf()));
  const lines = overviewLines(overview, screen, '');
  expect(lines[0]).toMatch(/^TARGET +MIGRATION +STATUS/u);
  expect(lines[1]).toMatch(/^shop +rename-users-email +rolled-back/u);
  expect(lines[2]).toMatch(/^billing +rename-users-email +running .* an answer at read-switch/u);

  // An order reaches the migration of its target.
  await new Deployment(addressOf('billing')).steer({ migration, order: 'abort', reason: 'enough', by: 'me' });
  expect(await ended(executions.get('billing'))).toMatchObject({
    status: 'FAILED',
    cause: expect.stringContaining('enough'),
  });
  await untilIsOn('billing', 'migration-open', false);
});
