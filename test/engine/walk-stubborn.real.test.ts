import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { one } from '../../engine/database/database.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { codeToNumber } from './sample-changes.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
const stubborn = new Map([
  [1, ['abc', '22P02']],
  [250, ['99999999999', '22003']],
  [251, ['', '22P02']],
  [999, ['x', '22P02']],
  [1000, ['-', '22P02']],
] as const);

beforeAll(async () => {
  db = await databaseUnderTest();
  await db.sql.query('CREATE TABLE codes (k int PRIMARY KEY, code text)');
  await db.sql.query('INSERT INTO codes SELECT n, n FROM generate_series(1, 1000) AS n');
  for (const [k, [code]] of stubborn)
    await db.sql.query('UPDATE codes SET code = $2 WHERE k = $1', [k, code]);
  migration = await migrationUnderTest(db.database, 'codes', {
    table: 'public.codes',
    change: codeToNumber,
  });
  await migration.apply('expand', 'dual-write');
});
afterAll(() => db.close());

const recorded = async () =>
  (await migration.ledger.walks.stubbornRows('codes'))
    .map(({ key, sqlstate }) => [Number(JSON.parse(key)[0]), sqlstate])
    .toSorted(([a], [b]) => Number(a) - Number(b));
const sweep = (key: number, of: MigrationUnderTest = migration) =>
  one(
    db.database,
    {
      text: of.plan.walks[0]?.sweep ?? '',
      parameters: { ...of.claim, key: JSON.stringify([String(key)]), lock_timeout: '300ms' },
    },
    z.object({ held: z.number(), changed: z.number() }),
  );

test('rows that refuse are found one by one with their SQLSTATE, and all others are copied', async () => {
  expect(await migration.walk('batch', 'backfill', 2)).toMatchObject({
    rows: 1000,
    shards: 2,
    shardsDone: 2,
  });
  expect(await recorded()).toEqual([...stubborn].map(([k, [, state]]) => [k, state]));
  const { rows } = await db.sql.query(`SELECT k FROM codes WHERE number IS DISTINCT FROM k ORDER BY k`);
  expect(rows.map(({ k }) => k)).toEqual([...stubborn.keys()]);
});

test('verification counts each of them, again and again', async () => {
  expect(await migration.mismatches()).toBe(stubborn.size);
  expect(await migration.mismatches(3)).toBe(stubborn.size);
  const attempts = (await migration.ledger.walks.stubbornRows('codes')).map((row) => row.attempts);
  expect(attempts).toEqual(attempts.map(() => 3));
});

test('a sweep leaves a row that still refuses and forgets one that was fixed or deleted', async () => {
  await expect(sweep(1)).rejects.toMatchObject({ name: 'RowRefused', sqlState: '22P02' });
  await db.sql.query(
    `ALTER TABLE codes DISABLE TRIGGER ALL; UPDATE codes SET code = '250' WHERE k = 250; ALTER TABLE codes ENABLE ALWAYS TRIGGER "~underpin_codes_3_update"`,
  );
  expect(await sweep(250)).toEqual({ held: 1, changed: 1 });
  await db.sql.query(`UPDATE codes SET number = 251 WHERE k = 251`);
  expect(await sweep(251)).toEqual({ held: 1, changed: 0 });
  await db.sql.query(`DELETE FROM codes WHERE k = 999`);
  expect(await sweep(999)).toEqual({ held: 1, changed: 0 });
  expect((await recorded()).map(([k]) => k)).toEqual([1, 1000]);
  expect(
    (await db.sql.query(`SELECT code, number FROM codes WHERE k IN (250, 251) ORDER BY k`)).rows,
  ).toEqual([
    { code: '250', number: 250 },
    { code: '251', number: 251 },
  ]);
});

test('a sweep of an older epoch touches nothing', async () => {
  await migration.fenced();
  await db.sql.query(`ALTER TABLE codes DISABLE TRIGGER ALL; UPDATE codes SET code = '1' WHERE k = 1`);
  expect(await sweep(1)).toEqual({ held: 0, changed: 0 });
  expect((await recorded()).map(([k]) => k)).toEqual([1, 1000]);
  expect((await db.sql.query(`SELECT number FROM codes WHERE k = 1`)).rows).toEqual([{ number: null }]);
});

test('more of them than the budget allows end the walk', async () => {
  await db.sql.query('CREATE TABLE many (k int PRIMARY KEY, code text)');
  await db.sql.query(`INSERT INTO many SELECT n, 'x' || n FROM generate_series(1, 20) AS n`);
  const many = await migrationUnderTest(db.database, 'many', {
    table: 'public.many',
    backfill: { stubbornRows: 3 },
    change: codeToNumber,
  });
  await many.apply('expand', 'dual-write');
  await expect(many.walk('batch', 'backfill', 1)).rejects.toThrow(
    "more than 3 rows refuse the change: 4 (SQLSTATE 22P02: 4); their keys: `SELECT key, sqlstate FROM underpin.stubborn_row WHERE migration = 'many'`, or the first of them by `underpin status many`",
  );
});
