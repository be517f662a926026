import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

// A checkpoint keeps keys as text, and settings of a database say how a value is written as one.

const settings = {
  extra_float_digits: '-5',
  DateStyle: 'SQL, DMY',
  // Its abbreviation, IST, is also Israel's, by which PostgreSQL reads it.
  TimeZone: 'Asia/Kolkata',
  IntervalStyle: 'sql_standard',
};

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
  for (const [name, value] of Object.entries(settings))
    await db.sql.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET %I = %L', current_database(), '${name}', '${value}'); END $$`,
    );
});
afterAll(() => db.close());
beforeEach(() => db.sql.query('DROP TABLE IF EXISTS measured'));

test.each([
  ['a float', 'float8', 'n / 7.0::float8'],
  ['a short float', 'float4', '(n / 7.0)::float4'],
  ['a moment', 'timestamptz', `timestamptz '2026-01-01 00:00Z' + n * interval '1 minute'`],
  ['moments', 'tstzrange', `tstzrange(timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', NULL)`],
  ['an interval', 'interval', `n * interval '-1 month -1 day 1 second'`],
  ['text', 'text', `'k' || n`],
  ['floats', 'float8[]', 'ARRAY[1, n / 7.0::float8]'],
])('a walk by %s misses no row, whatever is set for the database', async (_, type, value) => {
  // A column of the key may be called as anything of ours.
  await db.sql.query(`CREATE TABLE measured (tile ${type} PRIMARY KEY, a text);
    INSERT INTO measured SELECT ${value}, 'v' || n FROM generate_series(1, 3000) AS n; ANALYZE measured`);
  const migration = await migrationUnderTest(db.database, `measured-${type.replaceAll(/\W/gu, '-')}`, {
    table: 'public.measured',
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  await migration.apply('expand', 'dual-write');
  expect(await migration.backfill(3)).toMatchObject({ rows: 3000, changed: 3000 });
  const { rows } = await db.sql.query('SELECT count(b)::int AS filled FROM measured');
  expect(rows).toEqual([{ filled: 3000 }]);
  // Who has one walk's gaps is not seen by another with the same ones.
  await db.sql.query(`SET session_replication_role = 'replica'; ALTER TABLE measured DISABLE TRIGGER ALL;
    UPDATE measured SET b = NULL; ALTER TABLE measured ENABLE TRIGGER ALL`);
  expect(await migration.mismatches(3)).toBe(3000);
});

test('a row that refuses is found again by the key under which its writer has noted it', async () => {
  await db.sql.query(`CREATE TABLE measured (k float8 PRIMARY KEY, a text);
    INSERT INTO measured SELECT n / 7.0::float8, '1' FROM generate_series(1, 30) AS n`);
  const migration = await migrationUnderTest(db.database, 'measured-refused', {
    table: 'public.measured',
    change: { kind: 'change-type', column: 'a', to: 'b', type: 'int', up: 'a::int', down: 'b::text' },
  });
  await migration.apply('expand', 'dual-write');
  const writer = await db.connect();
  await writer.query(`UPDATE measured SET a = 'x' WHERE k = 11 / 7.0::float8`);
  const { rows } = await db.sql.query(
    `SELECT count(*)::int AS noted FROM underpin.stubborn_row JOIN measured ON k = (key ->> 0)::float8 AND a = 'x'`,
  );
  expect(rows).toEqual([{ noted: 1 }]);
});
