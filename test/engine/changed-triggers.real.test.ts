import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { measureDualWrite } from '../../lambdas/evidence/measure-changes.ts';
import { eventually } from '../eventually.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

let migration: MigrationUnderTest;
let comparisons = 0;
let names = 0;
const compared = async (): Promise<number> =>
  (await migration.walk('check', { purpose: 'verify', n: (comparisons += 1) })).changed;
/** Of those who are at work on the server now, other tests among them: they could have changed something in a subtransaction. */
const othersHaveEnded = async (): Promise<void> => {
  const snapshot = 'pg_current_snapshot()';
  const { rows } = await db.sql.query(`SELECT pg_snapshot_xmax(${snapshot})::text AS next`);
  const ended = `SELECT pg_snapshot_xmin(${snapshot}) >= $1::xid8 AS ended`;
  await eventually(async () =>
    expect((await db.sql.query(ended, [rows[0].next])).rows).toEqual([{ ended: true }]),
  );
};
const asked = () =>
  measureDualWrite(
    migration.plan,
    { claim: migration.claim, since: { purpose: 'verify', n: comparisons } },
    db.database,
  );
const sinceMade = () =>
  measureDualWrite(migration.plan, { claim: migration.claim, since: null }, db.database);
const untouched = { silent: null, changed: [] };

/** Renames `name`, up to a comparison of all rows. */
async function renamed(table: string): Promise<void> {
  migration = await migrationUnderTest(db.database, `changed-${(names += 1)}`, {
    table: `public.${table}`,
    change: { kind: 'rename-column', from: 'name', to: 'called' },
  });
  comparisons = 0;
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  expect(await compared()).toBe(0);
}
const each = (does: string, table: string): string =>
  migration.plan.expects.triggers.map((name) => `ALTER TABLE ${table} ${does} TRIGGER "${name}"`).join('; ');
const on = (place: string): readonly string[] =>
  migration.plan.expects.triggers.map((name) => `${name} on ${place}`).toSorted();

describe('on partitions', () => {
  beforeEach(async () => {
    await db.sql.query(`DROP TABLE IF EXISTS events;
      CREATE TABLE events (id bigint, at date, name text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
      CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
      CREATE TABLE events_new_0 PARTITION OF events_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE events_new_1 PARTITION OF events_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      INSERT INTO events SELECT n, '2025-12-20'::date + n, 'n' || n FROM generate_series(1, 40) AS n`);
    await renamed('events');
    expect(await asked()).toEqual(untouched);
    expect(await sinceMade()).toEqual(untouched);
  });

  test.each(['events_old', 'events_new_1'])(
    'triggers that are off on %s alone keep the gate shut until a comparison has begun since',
    async (partition) => {
      await db.sql.query(each('DISABLE', partition));
      const { silent } = await asked();
      expect(silent).toContain(on(partition).join(', '));
      const [, remedy = ''] = /: (ALTER TABLE .*)$/u.exec(silent ?? '') ?? [];
      await db.sql.query(remedy);
      expect(await asked()).toEqual({ silent: null, changed: on(partition) });
      await othersHaveEnded();
      expect(await compared()).toBe(0);
      expect(await asked()).toEqual(untouched);
      expect((await sinceMade()).changed).toEqual(on(partition));
    },
  );

  test('off on all of them they are named once, and set right at once', async () => {
    await db.sql.query(`${each('DISABLE', 'events')}; ${each('ENABLE ALWAYS', 'ONLY events')}`);
    const { silent } = await asked();
    const [trigger = ''] = migration.plan.expects.triggers;
    expect(silent).toContain(`${trigger} on events_new and 3 more of the partitions`);
    await db.sql.query(/: (ALTER TABLE .*)$/u.exec(silent ?? '')?.[1] ?? '');
    expect((await asked()).silent).toBeNull();
  });

  const loaded = `CREATE TABLE events_next (LIKE events); INSERT INTO events_next VALUES (900, '2027-05-05', 'brought')`;
  const attach = `ALTER TABLE events ATTACH PARTITION events_next FOR VALUES FROM ('2027-01-01') TO (MAXVALUE)`;

  test.each([
    ['in two transactions', [loaded, attach]],
    ['in one', [`BEGIN; ${loaded}; ${attach}; COMMIT`]],
    ['in one subtransaction', [`BEGIN; SAVEPOINT s; ${loaded}; ${attach}; COMMIT`]],
  ])('a partition that is attached with its rows %s is compared before a gate opens', async (_, steps) => {
    for (const step of steps) await db.sql.query(step);
    expect(await asked()).toEqual({ silent: null, changed: on('events_next') });
    expect((await sinceMade()).changed).toEqual(on('events_next'));
    await othersHaveEnded();
    // What it brought has no new side.
    expect(await compared()).toBe(1);
    expect(await asked()).toEqual(untouched);
  });

  test('a partition that is made as one asks for nothing, whatever is written to it', async () => {
    await db.sql.query(`BEGIN;
      CREATE TABLE events_next PARTITION OF events FOR VALUES FROM ('2027-01-01') TO (MAXVALUE);
      INSERT INTO events (id, at, name) VALUES (901, '2027-05-05', 'new'); COMMIT`);
    expect(await asked()).toEqual(untouched);
    expect(await sinceMade()).toEqual(untouched);
    await db.sql.query(each('DISABLE', 'events_next'));
    await db.sql.query(each('ENABLE ALWAYS', 'events_next'));
    expect((await asked()).changed).toEqual(on('events_next'));
  });
});

describe('by transactions that a comparison did not see', () => {
  beforeEach(async () => {
    await db.sql.query('DROP TABLE IF EXISTS users; CREATE TABLE users (id int PRIMARY KEY, name text)');
  });
  const someoneCommits = () => db.sql.query('SELECT pg_current_xact_id()');

  test('a subtransaction that passes the triggers, and whose transaction ends behind the comparison, is found', async () => {
    await renamed('users');
    const owner = await db.connect();
    await owner.query('BEGIN; SELECT pg_current_xact_id(); SAVEPOINT s');
    await owner.query(each('DISABLE', 'users'));
    await owner.query(`INSERT INTO users (id, name) VALUES (7, 'x')`);
    await owner.query(`${each('ENABLE ALWAYS', 'users')}; RELEASE s`);
    await someoneCommits();
    expect(await compared()).toBe(0);
    await owner.query('COMMIT');
    expect((await asked()).changed).toEqual(migration.plan.expects.triggers.toSorted());
    await othersHaveEnded();
    expect(await compared()).toBe(1);
    expect(await asked()).toEqual(untouched);
  });

  test('a writer elsewhere who began before the triggers were made, and stays open, keeps no gate shut', async () => {
    const writer = await db.connect();
    await writer.query('BEGIN; SELECT pg_current_xact_id()');
    await renamed('users');
    expect(await asked()).toEqual(untouched);
    await writer.query('COMMIT');
    expect(await asked()).toEqual(untouched);
  });

  test('nor does one who stays open beside a change that has ended before the comparison', async () => {
    await renamed('users');
    const writer = await db.connect();
    await writer.query('BEGIN; SELECT pg_current_xact_id()');
    const owner = await db.connect();
    await owner.query(`${each('DISABLE', 'users')}; ${each('ENABLE ALWAYS', 'users')}`);
    expect(await compared()).toBe(0);
    expect(await asked()).toEqual(untouched);
    await writer.query('ROLLBACK');
    expect(await asked()).toEqual(untouched);
  });
});

describe('in a ledger that a dump has brought to another server', () => {
  const restored = { silent: null, changed: [expect.stringContaining('the ledger came from another one')] };
  /** So far ahead of the transaction that writes it, whatever else the server does meanwhile. */
  const begunAhead = (by: number) =>
    db.sql.query(
      `UPDATE underpin.checkpoint SET begun_in = (xid || ':' || xid || ':')::pg_snapshot
       FROM (SELECT pg_current_xact_id()::text::bigint + $2::bigint AS xid) AS ahead WHERE migration = $1`,
      [migration.claim.migration, by],
    );
  beforeEach(async () => {
    await db.sql.query('DROP TABLE IF EXISTS users; CREATE TABLE users (id int PRIMARY KEY, name text)');
    await renamed('users');
  });

  test('a comparison of before is not believed while that server has not come to its number', async () => {
    await begunAhead(1_000_000);
    expect(await asked()).toEqual(restored);
    expect(await compared()).toBe(0);
    expect(await asked()).toEqual(untouched);
  });

  test('nor once it has', async () => {
    await begunAhead(5);
    for (let burnt = 0; burnt < 10; burnt += 1) await db.sql.query('SELECT pg_current_xact_id()');
    expect(await asked()).toEqual(restored);
  });
});
