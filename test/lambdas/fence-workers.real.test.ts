import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../lambdas/fence-workers.ts';
import { startAppConfig } from '../../rehearsal/cloud/appconfig/appconfig.ts';
import { startDynamoDb, type DynamoDb } from '../../rehearsal/cloud/dynamodb.ts';
import { createReadFlags } from '../../rehearsal/deployment/read-flags.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { createHoldsTable, holdsTable } from '../../rehearsal/deployment/holds.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { sdkOptions } from '../rehearsal/cloud/sdk-options.ts';
import { stubHandlerEnvironment, targetOf } from './handler-environment.ts';

let db: DatabaseUnderTest;
let dynamoDb: DynamoDb;
let appConfig: Awaited<ReturnType<typeof startAppConfig>>;
let client: DynamoDBClient;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
  dynamoDb = await startDynamoDb();
  client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  await createHoldsTable(client);
  appConfig = await startAppConfig({ alarmState: () => 'OK' });
  const flags = await createReadFlags(placeOf(appConfig), ['tested']);
  stubHandlerEnvironment(db, {
    AWS_ENDPOINT_URL_APPCONFIG: appConfig.endpoint,
    UNDERPIN_APPCONFIG_APPLICATION: flags.application,
    UNDERPIN_TARGETS: JSON.stringify([targetOf(db, flags.targets.get('tested'))]),
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    UNDERPIN_HOLDS_TABLE: holdsTable,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await dynamoDb.close();
  await appConfig.close();
  await db.close();
});
beforeEach(async () => {
  await db.sql.query(`DROP SCHEMA IF EXISTS underpin CASCADE;
    DROP TABLE IF EXISTS users, users_underpin_old, users_underpin_new;
    CREATE TABLE users (id int PRIMARY KEY, mail text)`);
  migration = await migrationUnderTest(db.database, 'm', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'mail', to: 'email' },
  });
});

const approved = {
  state: 'decided',
  decision: 'approve',
  reason: 'looks good',
  decidedBy: 'arn:decide:1',
  decidedAt: '2026-12-01T10:00:00.000Z',
  decidedOn: 'hash-1',
  override: 'no',
};
const heldAt = (item: Readonly<Record<string, string>>) =>
  client.send(
    new PutItemCommand({
      TableName: holdsTable,
      Item: Object.fromEntries(
        Object.entries({ id: 'm@tested', execution: 'test', kind: 'gate', hold: 'contract', ...item }).map(
          ([key, S]) => [key, { S }],
        ),
      ),
    }),
  );
const state = async () =>
  (await client.send(new GetItemCommand({ TableName: holdsTable, Key: { id: { S: 'm@tested' } } }))).Item?.[
    'state'
  ]?.S;
const alarm = { Error: 'GuardrailBreached', Cause: 'alarm checkout-errors is on' };
const fence = (error = alarm) =>
  handler(
    { migration: migration.claim.migration, execution: 'test', failure: { phase: 'confidence', error } },
    { getRemainingTimeInMillis: () => 900_000 },
  );
const decided = async () =>
  (await db.sql.query(`SELECT detail FROM underpin.event WHERE what = 'decided' ORDER BY id`)).rows.map(
    (row: { readonly detail: unknown }) => row.detail,
  );

test('an approval that an alarm was faster than is kept with who, when and the alarm', async () => {
  await heldAt(approved);
  await fence();
  await fence();
  expect(await decided()).toEqual([
    {
      gate: 'contract',
      decision: 'approve',
      reason: 'looks good',
      decidedBy: 'arn:decide:1',
      decidedAt: '2026-12-01T10:00:00.000Z',
      hash: 'hash-1',
      overtakenBy: 'GuardrailBreached: alarm checkout-errors is on',
    },
  ]);
});

test('an approval that opened its gate is not said to have lost', async () => {
  await heldAt(approved);
  const { decidedBy, reason } = approved;
  const decision = { decision: 'approve', decidedBy, reason, gate: 'contract', hash: 'hash-1' } as const;
  await migration.ledger.journal.keepDecision(migration.claim, decision);
  await fence();
  expect(await decided()).toEqual([decision]);
});

test('nobody answers a gate that a rollback has left', async () => {
  await heldAt({ state: 'open', token: 't' });
  await fence();
  expect(await state()).toBe('ended');
  expect(await decided()).toEqual([]);
});

test.each([
  ['that another execution has taken since', { execution: 'another' }],
  ['of the rollback itself', { kind: 'cleanup', hold: 'remove-new-shape' }],
])('a hold %s stays as it is', async (_, item) => {
  await heldAt({ ...approved, ...item });
  await fence();
  expect(await state()).toBe('decided');
  expect(await decided()).toEqual([]);
});

test('a table of holds that does not answer keeps no rollback waiting', async () => {
  vi.stubEnv('UNDERPIN_HOLDS_TABLE', 'gone');
  vi.resetModules();
  const { handler: another } = await import('../../lambdas/fence-workers.ts');
  const fenced = another(
    { migration: 'm', execution: 'test', failure: { phase: 'confidence', error: alarm } },
    { getRemainingTimeInMillis: () => 900_000 },
  );
  await expect(fenced).resolves.toMatchObject({ reason: 'GuardrailBreached: alarm checkout-errors is on' });
});

const notes = async () =>
  (
    await db.sql.query<{ says: string }>(
      `SELECT detail ->> 'says' AS says FROM underpin.event WHERE what = 'noted' ORDER BY id`,
    )
  ).rows.map(({ says }) => says);

test('a second call, for the answer to the first was lost, gives the reason that a worker noted', async () => {
  await migration.apply('expand', 'dual-write');
  await migration.ledger.journal.noteFailure(migration.claim, 'TooManyStubbornRows: 7');
  await db.sql.query('ALTER TABLE users DISABLE TRIGGER USER');
  const expected = { reason: 'TooManyStubbornRows: 7', doubt: expect.any(String) };
  expect(await fence()).toMatchObject(expected);
  expect(await fence()).toMatchObject(expected);
  expect(await notes()).toHaveLength(1);
});

test('a refusal is kept once, and so is one of a later start', async () => {
  const refused = { Error: 'GateRejected', Cause: 'not before Christmas' };
  const kept = { gate: 'contract', decision: 'reject', reason: 'not before Christmas' };
  await fence(refused);
  await fence(refused);
  expect(await decided()).toEqual([kept]);
  await db.sql.query(
    `INSERT INTO underpin.event (migration, epoch, what) SELECT name, epoch, 'claimed' FROM underpin.migration`,
  );
  await fence(refused);
  expect(await decided()).toEqual([kept, kept]);
});

describe('after a swap, what came to the table', () => {
  const filled = async (change: Readonly<Record<string, unknown>>) => {
    migration = await migrationUnderTest(db.database, 'swapped', { table: 'public.users', change });
    await migration.apply('expand', 'dual-write', 'backfill');
    await migration.backfill();
    await migration.apply('verify', 'swap');
  };
  beforeEach(() =>
    db.sql
      .query(`ALTER TABLE users ADD COLUMN n int NOT NULL DEFAULT 0, ADD CONSTRAINT n_check CHECK (n >= 0);
      CREATE INDEX users_n ON users (n)`),
  );

  test.each([
    ['of columns', { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::int' }],
    [
      'of tables',
      {
        kind: 'partition-table',
        by: 'range',
        column: 'id',
        partitions: { users_a: [0, 10], users_b: [10, 20] },
      },
    ],
  ])('%s is told before the way back, which goes on', async (_, change) => {
    await filled(change);
    expect(await fence()).toMatchObject({ behind: null });
    expect(await notes()).toEqual([]);
    await db.sql.query(
      'CREATE INDEX late ON users (n, mail); ALTER TABLE users ADD CONSTRAINT small CHECK (n < 99)',
    );
    const behind = 'constraint small is new; index late is new';
    expect(await fence()).toMatchObject({ behind: expect.stringContaining(behind) });
    expect(await notes()).toEqual([expect.stringContaining(behind)]);
    await (await migration.fenced()).undo('swap');
    expect(await fence()).toMatchObject({ behind: null, doubt: null });
  });

  test('and is on a partition alone, or is a right, is told too', async () => {
    const partitions = { users_a: [0, 10], users_b: [10, 20] };
    await filled({ kind: 'partition-table', by: 'range', column: 'id', partitions });
    await db.sql.query('CREATE INDEX late ON users_a (mail); GRANT SELECT (mail) ON users TO PUBLIC');
    expect(await fence()).toMatchObject({
      behind: expect.stringContaining('index late is new; right SELECT (mail) to PUBLIC is new'),
    });
  });
});

describe('of a table that a view stands in for, who replicates it by names that the way back changes', () => {
  const standing = async (change: object, onRollback: string) => {
    await db.sql.query('CREATE SCHEMA crm');
    migration = await migrationUnderTest(db.database, 'viewed', {
      table: 'public.users',
      change: { by: 'alias', ...change },
      onRollback,
    });
    await migration.apply('expand');
  };
  // The view goes with the table behind it.
  afterEach(() =>
    db.sql.query(`DROP PUBLICATION IF EXISTS late; DROP SCHEMA IF EXISTS crm CASCADE;
      DROP TABLE IF EXISTS people, underpin_base_users CASCADE`),
  );
  const move = { kind: 'move-table', to: 'crm' };
  const rename = { kind: 'rename-table', to: 'people' };

  test.each([
    [move, 'FOR TABLES IN SCHEMA crm', 'publication late sends rows of crm.users'],
    [move, 'FOR TABLE crm.users', 'publication late sends rows of crm.users'],
    [move, 'FOR TABLES IN SCHEMA public', 'publication late sends the rows of all tables of public'],
    [rename, 'FOR TABLE people', 'publication late sends rows of public.people'],
    [rename, 'FOR ALL TABLES', 'publication late sends rows of public.people'],
    [
      { kind: 'rename-column', from: 'mail', to: 'email' },
      'FOR ALL TABLES',
      'publication late sends rows of public.underpin_base_users',
    ],
  ])('%j: a publication %s is told before the view goes', async (change, published, says) => {
    await standing(change, 'remove');
    expect(await fence()).toMatchObject({ behind: null });
    await db.sql.query(`CREATE PUBLICATION late ${published}`);
    expect(await fence()).toMatchObject({
      behind: expect.stringContaining(`The table is public.users again when the view is dropped`),
    });
    expect(await notes()).toEqual([expect.stringContaining(says)]);
  });

  test('so is a subscription', async () => {
    await standing(move, 'remove');
    await db.sql
      .query(`CREATE SUBSCRIPTION late CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false);
      SET allow_system_table_mods = on;
      INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
        SELECT oid, 'crm.users'::regclass, 'r' FROM pg_subscription WHERE subname = 'late'`);
    const { behind } = await fence();
    await db.sql.query(`DELETE FROM pg_subscription_rel; RESET allow_system_table_mods;
      ALTER SUBSCRIPTION late SET (slot_name = NONE); DROP SUBSCRIPTION late`);
    expect(behind).toContain('subscription late writes rows of crm.users');
  });

  test('nobody is told of a view that stays', async () => {
    await standing(move, 'leave');
    await db.sql.query('CREATE PUBLICATION late FOR TABLES IN SCHEMA crm');
    expect(await fence()).toMatchObject({ behind: null });
    expect(await notes()).toEqual([]);
  });
});

describe('of a migration whose triggers', () => {
  beforeEach(() => migration.apply('expand', 'dual-write'));

  test('stand, the old shape holds every write', async () => {
    expect(await fence()).toMatchObject({ doubt: null });
  });

  test('are not all made yet, nothing is missed by those that are not there', async () => {
    await db.sql.query(`DELETE FROM underpin.applied WHERE phase = 'dual-write';
      DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'users'::regclass LOOP EXECUTE format('DROP TRIGGER %I ON users', t); END LOOP;
      END $$`);
    expect(await fence()).toMatchObject({ doubt: null });
  });

  const offNow = /^~underpin_.* off, or were for a while: .*ENABLE ALWAYS TRIGGER/u;
  test.each<[string, string, RegExp?]>([
    ['are off', 'DISABLE TRIGGER USER'],
    ['were off', 'DISABLE TRIGGER USER; ALTER TABLE users ENABLE TRIGGER USER'],
    [
      'were off and are as they were',
      `DISABLE TRIGGER USER; DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'users'::regclass LOOP
          EXECUTE format('ALTER TABLE users ENABLE ALWAYS TRIGGER %I', t);
        END LOOP;
      END $$`,
      /^somebody has changed ~underpin_.*, or the database was restored/u,
    ],
  ])('%s, people are told that the old shape may lack writes', async (_, action, told = offNow) => {
    await db.sql.query(`ALTER TABLE users ${action}`);
    expect(await fence()).toMatchObject({ doubt: expect.stringMatching(told) });
    expect(await notes()).toEqual([
      expect.stringContaining('the old shape may lack writes of the new version'),
    ]);
  });
});
