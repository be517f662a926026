import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { bothSay, freshShop, orderSays, plannedSplit, unfilledSplit } from './split-orders.ts';
import { noteWithin, VersionWriters } from './split-versions.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

const both = (id: number, says: string): Promise<void> => bothSay(db, id, says);

const upsert = (row: string, sets: string): string =>
  `INSERT INTO orders_meta (id, note, channel) ${row} ON CONFLICT (id) DO UPDATE SET ${sets} = excluded.${sets}`;

// Orders 50 and 53 are not copied.
const several: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'two upserts in one WITH',
    `WITH a AS (${upsert(`VALUES (50, 'x', 'tv')`, 'note')}) ${upsert(`VALUES (53, 'y', 'tv')`, 'channel')}`,
    ['40001'],
  ],
  [
    'one that reads what the other one gave',
    `WITH a AS (${upsert(`VALUES (50, 'x', 'tv')`, 'note')} RETURNING id) ${upsert(`SELECT id + 3, 'y', 'tv' FROM a`, 'channel')}`,
    ['40001'],
  ],
  [
    'one that writes nothing in the end',
    `WITH a AS (${upsert(`VALUES (50, 'x', 'tv')`, 'note')} RETURNING id) ${upsert(`SELECT id, 'y', 'tv' FROM a WHERE id < 0`, 'channel')}`,
    ['40001'],
  ],
  [
    'three, of which the first and the last set the same',
    `WITH a AS (${upsert(`VALUES (47, 'x', 'tv')`, 'note')} RETURNING id), b AS (${upsert(`SELECT id + 3, 'x', 'tv' FROM a`, 'channel')} RETURNING id)
     ${upsert(`SELECT id + 3, 'y', 'tv' FROM b`, 'note')}`,
    ['40001'],
  ],
  [
    'an upsert beside DO NOTHING',
    `WITH a AS (INSERT INTO orders_meta (id, note, channel) VALUES (50, 'x', 'tv') ON CONFLICT DO NOTHING RETURNING id)
     ${upsert(`SELECT 53, 'y', 'tv' WHERE (SELECT count(*) FROM a) < 9`, 'note')}`,
    ['40001'],
  ],
  [
    'DO NOTHING, and an upsert behind it',
    `WITH a AS (${upsert(`VALUES (50, 'x', 'tv')`, 'note')}) INSERT INTO orders_meta (id, note, channel) VALUES (53, 'y', 'tv') ON CONFLICT DO NOTHING`,
    // PostgreSQL itself: the upsert met the copy of its own row.
    ['21000'],
  ],
];
test.each(several)('%s: nothing of it is taken for another', async (_, sql, states) => {
  const migration = await unfilledSplit(db);
  expect(states).toContain(await sqlState(db.sql.query(sql)));
  expect([await orderSays(db, 47), await orderSays(db, 50), await orderSays(db, 53)]).toEqual([
    'n47|app|47',
    'n50|app|7',
    'n53|app|53',
  ]);
  await migration.backfill();
  expect(await sqlState(db.sql.query(sql))).toBe('no error');
  expect(await migration.mismatches()).toBe(0);
});

test('an upsert within a function that an upsert calls is told apart, however deep', async () => {
  const migration = await unfilledSplit(db);
  await db.sql.query(`CREATE FUNCTION inner_one(int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
      ${upsert(`VALUES ($1, 'i', 'in')`, 'channel')}; RETURN 'y'; END $$;
    CREATE FUNCTION outer_one(int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
      ${upsert(`VALUES ($1, inner_one($1 + 3), 'out')`, 'note')};
      UPDATE orders_meta SET rank = 1 WHERE id = $1; RETURN 'z'; END $$;
    ${upsert(`VALUES (41, 'a', 'tv'), (47, outer_one(50), 'tv'), (59, 'b', 'tv')`, 'note')}`);
  await both(41, 'a|app|41');
  await both(50, 'y|app|1');
  await both(53, 'n53|in|53');
  await both(47, 'z|app|47');
  await both(59, 'b|app|59');
  const nothing = `INSERT INTO orders_meta (id, note, channel) SELECT n, outer_one(n + 1), 'tv' FROM (VALUES (70), (73)) AS g (n) ON CONFLICT DO NOTHING`;
  expect((await db.sql.query(nothing)).rowCount).toBe(0);
  await both(70, 'n70|app|7');
  await both(73, 'n73|app|73');
  await both(71, 'y|app|1');
  await migration.backfill();
  expect(await migration.mismatches()).toBe(0);
});

test('what is known of a statement does not outlive it, be it that it fails', async () => {
  await unfilledSplit(db);
  await db.sql.query(`BEGIN; ${upsert(`VALUES (41, 'a', 'tv')`, 'note')}; SAVEPOINT s`);
  expect(await sqlState(db.sql.query(upsert(`VALUES (43, 'a', 'tv'), (9999, 'a', 'tv')`, 'note')))).toBe(
    '23503',
  );
  await db.sql.query('ROLLBACK TO s');
  const kept = `SELECT current_setting(concat('underpin.branches_', 'orders_meta'::regclass::oid), true) AS frames`;
  expect((await db.sql.query(kept)).rows).toEqual([{ frames: '' }]);
  const nothing = `INSERT INTO orders_meta (id, note, channel) VALUES (53, 'x', 'tv') ON CONFLICT DO NOTHING`;
  expect((await db.sql.query(nothing)).rowCount).toBe(0);
  await db.sql.query('COMMIT');
  await both(41, 'a|app|41');
  expect(await orderSays(db, 43)).toBe('n43|app|43');
  await both(53, 'n53|app|53');
});

test(
  'whatever several versions of the application were told is what both tables hold',
  { timeout: 300_000 },
  async () => {
    const given = new Map(
      Array.from({ length: 900 }, (_, at) => [at + 1, { note: `old ${at}`, channel: `c${at % 4}` }] as const),
    );
    await db.sql
      .query(`CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0, note text, channel text NOT NULL DEFAULT 'web')
      WITH (autovacuum_enabled = false);
    INSERT INTO orders (id, note, channel) SELECT n + 1, 'old ' || n, 'c' || n % 4 FROM generate_series(0, 899) AS n; ${noteWithin}`);
    const migration = await plannedSplit(db, {
      kind: 'split-table',
      into: 'orders_meta',
      columns: ['note', 'channel'],
    });
    await migration.apply('expand', 'dual-write');
    const writers = await VersionWriters.start(db, given, 3);
    try {
      await writers.more(900);
      await migration.backfill();
      writers.isFilled = true;
      await writers.more(300);
    } finally {
      await writers.stop();
    }
    expect(writers.failures).toEqual([]);
    const lines = async (table: string): Promise<readonly string[]> =>
      (
        await db.sql.query<{ line: string }>(
          `SELECT concat_ws(' ', id, note, channel) AS line FROM ${table} ORDER BY id`,
        )
      ).rows.map(({ line }) => line);
    expect(await lines('orders')).toEqual(writers.expected);
    expect(await lines('orders_meta')).toEqual(writers.expected);
    expect(await migration.mismatches()).toBe(0);
    // Each has come before the backfill had, and been acknowledged.
    expect([...writers.outcomes.values()].filter(({ told }) => told > 0)).toHaveLength(9);
  },
);
