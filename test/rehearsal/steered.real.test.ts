import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import * as z from 'zod';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { localTarget, rehearsedTarget } from '../../rehearsal/deployment/local-target.ts';
import { startLocalCloud, type LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';

const migration = 'rename-users-email';
/** As people read it: with its database. */
const named = `${migration}@${rehearsedTarget}`;
let database: FreshDatabase;
let folder: string;
let cloud: LocalCloud;
let sql: Client;
const told: string[] = [];
const entered: string[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'underpin-steered-'));
  cloud = await startLocalCloud({
    targets: [localTarget(database.url)],
    migrationsFolder: folder,
    limits: { errorRate: 1, latencyP95: 100 },
    functions: inject('programs').functions,
  });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  cloud.onMessage(({ subject = '' }) => told.push(subject));
  cloud.stepFunctions.onEvent(({ event }) => {
    if ('stateEnteredEventDetails' in event) entered.push(event.stateEnteredEventDetails?.name ?? '');
  });
});
// No test stands on what another left: nothing runs, nothing is applied, nobody is held back.
beforeEach(async () => {
  letGo();
  for (const stateMachineArn of Object.values(cloud.machines)) {
    const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' });
    for (const { executionArn } of (await cloud.sfn.send(running)).executions ?? [])
      await cloud.sfn.send(new StopExecutionCommand({ executionArn }));
  }
  await sql.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'rds-data-api'`,
  );
  await sql.query(
    `DROP SCHEMA IF EXISTS underpin, public, accounts CASCADE; CREATE SCHEMA public;
     ${await readFile('rehearsal/data/example-schema.sql', 'utf8')};
     INSERT INTO users (email, name) SELECT 'u' || n || '@example.test', 'n' FROM generate_series(1, 500) AS n`,
  );
});
afterAll(async () => {
  letGo();
  await sql.end();
  await cloud.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** What the dashboard shows. */
const markdown = z.object({ markdown: z.string() });

let letGo = (): void => {};

/** Holds back every call of a function from now on, until it is let go. */
function holdBack(task: string): void {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const stop = cloud.beforeInvocation((name) => (name === task ? released : Promise.resolve()));
  letGo = () => {
    stop();
    release();
  };
}

async function declare(more: string, bake = '1m'): Promise<void> {
  const text = `goal: Steer it
table: public.users
change: { kind: rename-column, from: email, to: email_address }
reads: { ramp: [50, 100], bake: ${bake} }
confidence: { window: 1m, reconcileEvery: 1m }
${more}
`;
  await writeFile(join(folder, `0001-${migration}.yaml`), text);
}

/** Starts an execution and gives how it ended. */
async function start(): Promise<() => Promise<string>> {
  told.length = 0;
  entered.length = 0;
  const { executionArn } = await cloud.sfn.send(
    new StartExecutionCommand({
      stateMachineArn: cloud.machines.migration,
      input: JSON.stringify({ migration }),
    }),
  );
  return async () => {
    for (const end = Date.now() + 500_000; Date.now() < end; await sleep(50)) {
      const { status, error, cause } = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return `${status} ${error ?? ''} ${cause ?? ''}`;
    }
    throw new Error(`it runs on; it has entered: ${entered.join(', ')}`);
  };
}

async function reached(state: string): Promise<void> {
  for (const end = Date.now() + 500_000; Date.now() < end; await sleep(5))
    if (entered.includes(state)) return;
  throw new Error(`it never entered "${state}", but: ${entered.join(', ')}`);
}

const steer = async (order: string, reason: string): Promise<unknown> =>
  (await cloud.lambda.invoke('SteerMigration', { migration, order, reason, by: 'ann' })).payload;

test('paused before it begins, it changes nothing until it is resumed; others are notified of both', async () => {
  await declare('gates: [read-switch]');
  holdBack('ApplyPhase');
  const ended = await start();
  // The claim has ended earlier orders; this one stands before the first statement.
  await reached('Add the new shape');
  expect(await steer('pause', 'a deployment')).toEqual({ order: 'pause', was: null, told: true });
  letGo();
  await sleep(1500);
  expect(entered).not.toContain('Write both shapes');
  const added = `SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'email_address'`;
  expect((await sql.query(added)).rowCount).toBe(0);
  expect(await steer('resume', 'deployed')).toEqual({ order: 'resume', was: 'pause', told: true });
  await reached('Wait for a decision');
  expect(await steer('abort', 'the wrong table')).toEqual({ order: 'abort', was: null, told: true });
  expect(await ended()).toMatch(
    /^FAILED RolledBack read-switch: Aborted.*aborted by ann \(claimed\): the wrong table/u,
  );
  expect(told.slice(0, 3)).toEqual([
    `Underpin: ${named} was paused by ann (claimed)`,
    `Underpin: ${named} was resumed by ann (claimed)`,
    `Underpin: ${named} waits at the gate read-switch`,
  ]);
  expect(new Set(told.slice(3))).toEqual(
    new Set([
      `Underpin: ${named} was aborted by ann (claimed)`,
      `Underpin: ${named} was rolled back from read-switch`,
    ]),
  );
});

test.each([
  ['Expand', 'expand'],
  ['Write both shapes', 'dual-write'],
  ['Backfill', 'backfill'],
  ['Verify every row', 'verify'],
  ['Bake', 'read-switch'],
  ['Watch', 'confidence'],
])(
  'aborted in "%s", it is rolled back with who and why, and reads are on the old shape',
  async (state, phase) => {
    await declare('gates: []', state === 'Watch' ? '1s' : '1m');
    const ended = await start();
    await reached(state);
    await steer('abort', `in ${phase}`);
    const outcome = await ended();
    expect(outcome).toMatch(/^FAILED RolledBack /u);
    expect(outcome).toContain(`aborted by ann`);
    expect(outcome).toContain(`: in ${phase}`);
    const { rows } = await sql.query(
      `SELECT status, standing_order FROM underpin.migration WHERE name = '${migration}'`,
    );
    expect(rows).toEqual([{ status: 'rolled-back', standing_order: null }]);
    await expect(steer('pause', 'too late')).rejects.toThrow(/OrderRefused/u);
  },
);

const notBefore = async (ms: number): Promise<void> =>
  declare(`gates: [read-switch]\nchangeWindow: { notBefore: ${new Date(ms).toISOString()} }`);

test('started before its change window it waits and says so, and can be called off', async () => {
  await notBefore(Date.now() + 3_600_000);
  const ended = await start();
  await reached('Wait for its change window');
  expect(told).toEqual([`Underpin: ${named} waits for its change window`]);
  await steer('abort', 'not today');
  expect(await ended()).toMatch(/^FAILED RolledBack change-window: Aborted.*not today/u);
  expect(entered).not.toContain('Expand');
});

test('it begins when the time has come, and what it leaves is shown to whoever asks, as it is then', async () => {
  const begins = Date.now() + 3000;
  await notBefore(begins);
  const ended = await start();
  await reached('Expand');
  expect(Date.now()).toBeGreaterThanOrEqual(begins);
  await reached('Wait for a decision');
  const table = async (): Promise<string> =>
    markdown.parse((await cloud.lambda.invoke('ShowMigrations', { widgetContext: {} })).payload).markdown;
  expect(await table()).toMatch(
    /\| rename-users-email \| running \| read-switch \|.*\*\*an answer at read-switch\*\*, until /u,
  );
  await steer('abort', 'seen enough');
  expect(await ended()).toMatch(/^FAILED RolledBack/u);
  const { rows } = await sql.query(
    `SELECT detail FROM underpin.event WHERE what = 'audit' ORDER BY id DESC LIMIT 1`,
  );
  expect(rows).toMatchObject([
    {
      detail: {
        open: [{ what: 'the column email_address and its dual write stand, for the next start' }],
        passed: expect.arrayContaining(['the old shape is whole', 'no read goes to the new shape']),
      },
    },
  ]);

  expect(await table()).toContain('| rename-users-email | rolled-back |');

  // People clear away, or break, what is left: whoever asks sees what is so now.
  await sql.query(`DROP TRIGGER "~underpin_${migration}_2_new" ON users`);
  const { payload } = await cloud.lambda.invoke('DescribeMigration', { migration });
  expect(payload).toMatchObject({
    migration: {
      audit: {
        detail: { open: [{ what: 'the dual write of email_address is gone, but the ledger has it' }] },
      },
    },
  });
});
