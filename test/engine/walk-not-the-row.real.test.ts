import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

// An error of a statement that names no row is the statement's own: rows that are passed over for it would hide what is wrong.

const role = 'walks_without_right';
let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`CREATE ROLE walks_without_right LOGIN PASSWORD 'x';
    GRANT CREATE ON SCHEMA public TO ${role}`);
  await db.sql.query(
    `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database()); END $$`,
  );
});
afterAll(async () => {
  await db.sql.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  await db.close();
});

let count = 0;
let migration: MigrationUnderTest;
beforeEach(async () => {
  await db.sql.query(`DROP TABLE IF EXISTS codes CASCADE; DROP FUNCTION IF EXISTS as_number;
    CREATE TABLE codes (k int PRIMARY KEY, code text);
    INSERT INTO codes SELECT n, n FROM generate_series(1, 40) AS n;
    CREATE FUNCTION as_number(code text) RETURNS integer IMMUTABLE LANGUAGE sql RETURN code::integer;
    ALTER TABLE codes OWNER TO ${role}`);
  migration = await migrationUnderTest(db.as(role, 'x'), `not-the-row-${(count += 1)}`, {
    table: 'public.codes',
    change: {
      kind: 'change-type',
      column: 'code',
      to: 'number',
      type: 'integer',
      up: 'as_number(code)',
      down: 'number::text',
    },
    backfill: { stubbornRows: 1000 },
  });
  await migration.apply('expand', 'dual-write');
});

const passedOver = () => migration.ledger.walks.stubbornCount(migration.claim.migration);
const refused = (sqlState: string, step: string) => ({
  name: 'StatementRefused',
  sqlState,
  message: expect.stringMatching(
    new RegExp(`^the database refused to ${step}: SQLSTATE ${sqlState}.*, whatever the row$`, 'u'),
  ),
});

describe('a backfill stops, and passes over no row, where', () => {
  test.each([
    ['the role may not write any more', '42501', `REVOKE UPDATE ON codes FROM ${role}`],
    ['a function of the conversion is gone', '42883', 'DROP FUNCTION as_number'],
    [
      'a trigger refuses the statement',
      '22012',
      `CREATE OR REPLACE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1 / 0; RETURN NULL; END';
       CREATE TRIGGER refuses BEFORE UPDATE ON codes FOR EACH STATEMENT EXECUTE FUNCTION refuses()`,
    ],
  ])('%s', async (_, sqlState, happens) => {
    await db.sql.query(happens);
    await expect(migration.backfill(1)).rejects.toMatchObject(refused(sqlState, 'write rows'));
    expect(await passedOver()).toBe(0);
  });
});

test('so does a comparison', async () => {
  await migration.backfill(1);
  await db.sql.query('DROP FUNCTION as_number');
  await expect(migration.mismatches(1)).rejects.toMatchObject(refused('42883', 'compare rows'));
  expect(await passedOver()).toBe(0);
});

test('a row that is refused is still passed over alone', async () => {
  await db.sql.query(`UPDATE codes SET code = 'x' WHERE k IN (7, 8)`);
  expect(await migration.backfill(1)).toMatchObject({ rows: 40, shardsDone: 1 });
  expect(await passedOver()).toBe(2);
  const { rows } = await db.sql.query('SELECT count(number)::integer AS filled FROM codes');
  expect(rows).toEqual([{ filled: 38 }]);
});

// A table of one page is read whole, and the cheapest condition is asked first, of rows outside of the range too.
test('in a small table with a key of several columns, too', async () => {
  await db.sql
    .query(`DROP TABLE IF EXISTS pairs; CREATE TABLE pairs (a int, b int, x int, PRIMARY KEY (a, b));
    INSERT INTO pairs SELECT n % 3, n, n FROM generate_series(1, 20) AS n;
    UPDATE pairs SET x = 2000000000 WHERE b = 7; ANALYZE pairs;
    ALTER TABLE pairs OWNER TO ${role}`);
  const filling = await migrationUnderTest(db.as(role, 'x'), `not-the-row-${(count += 1)}`, {
    table: 'public.pairs',
    change: { kind: 'add-column', column: 'y', type: 'integer', backfill: 'x * 1000' },
    backfill: { stubbornRows: 1 },
  });
  await filling.apply('expand', 'dual-write');
  expect(await filling.backfill(1)).toMatchObject({ rows: 20, shardsDone: 1 });
  const { rows } = await db.sql.query('SELECT b FROM pairs WHERE y IS DISTINCT FROM x::bigint * 1000');
  expect(rows).toEqual([{ b: 7 }]);
  expect(await filling.ledger.walks.stubbornCount(filling.claim.migration)).toBe(1);
});
