import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

const schema = `
  CREATE TABLE public.people (id bigint PRIMARY KEY, name text NOT NULL, city text);
  INSERT INTO public.people SELECT n, 'n' || n, CASE WHEN n % 10 = 0 THEN NULL ELSE 'Ulm' END FROM generate_series(1, 500) AS n;
  ANALYZE public.people`;
const change = { kind: 'set-not-null', column: 'city' };
const repaired: Declared = {
  table: 'public.people',
  change: { ...change, repair: `'of ' || name` },
  backfill: { dutyCycle: 1 },
};

let db: DatabaseUnderTest;
beforeEach(async () => {
  db = await databaseUnderTest(schema);
});
afterEach(() => db.close());

const cities = async (where: string): Promise<readonly string[]> =>
  (
    await db.sql.query<{ city: string }>(`SELECT DISTINCT city FROM people WHERE ${where} ORDER BY 1`)
  ).rows.map(({ city }) => city);

test('rows that break the rule are counted and refused before anything is changed, and only a person may read their keys', async () => {
  const refused = await migrationUnderTest(db.database, 'm', { table: 'public.people', change }).catch(
    (error: unknown) => error,
  );
  if (!(refused instanceof InvalidSpec)) throw new Error('it was accepted');
  expect(refused.message).toContain('change.column: 50 rows break it. Write `repair:`');
  expect(refused.message).toContain('SELECT "id" FROM "public"."people" WHERE "city" IS NULL');
  expect(refused.message).not.toMatch(/\b10, 20\b/u);
  expect(refused.problems[0]?.rows?.forTerminal()).toEqual(['10', '20', '30', '40', '50']);
});

test('more than ten thousand are not counted on', async () => {
  await db.sql.query(`INSERT INTO people SELECT n, 'n', NULL FROM generate_series(1000, 12000) AS n`);
  await expect(migrationUnderTest(db.database, 'm', { table: 'public.people', change })).rejects.toThrow(
    'more than 10,000 rows break it',
  );
});

test('new breaches are refused at once, and a row that breaks it already can be written: it is repaired on the way', async () => {
  const migration = await migrationUnderTest(db.database, 'm', repaired);
  expect(migration.plan.warnings).toEqual([
    'from expand on the database refuses NULL in city: a writer that still does that fails at once; a row that is like that already is repaired when it is updated',
    'a rollback keeps what was repaired in city',
    '50 rows break it now, and are repaired',
  ]);
  await migration.apply('expand');
  await db.sql.query(`UPDATE people SET name = 'new' WHERE id = 10`);
  expect(await cities('id = 10')).toEqual(['of new']);
  expect(await sqlState(db.sql.query(`INSERT INTO people VALUES (1001, 'x', NULL)`))).toBe('23514');
  expect(await sqlState(db.sql.query('UPDATE people SET city = NULL WHERE id = 1'))).toBe('23514');
  await migration.apply('backfill');
  expect(await migration.backfill()).toMatchObject({ changed: 49 });
  expect(await migration.mismatches()).toBe(0);
  await migration.apply('verify');
  expect(await cities('id % 10 = 0 AND id > 10 AND id < 40')).toEqual(['of n20', 'of n30']);
});

test('every lock and scan is the one that the plan promises, and no row is written anew', async () => {
  const migration = await migrationUnderTest(db.database, 'm', repaired);
  expect(await seenUnits(db, migration)).toEqual(promisedUnits(migration));
});

test('the way back from each phase leaves the table as it was; at the end it is what ALTER TABLE would have made', async () => {
  await expectUndoneFromEachPhase(db, 'm', repaired);
  const made = await catalogSnapshot(db.sql);
  await db.sql.query('DROP TABLE people');
  await db.sql.query(
    `${schema}; UPDATE people SET city = 'x'; ALTER TABLE people ALTER COLUMN city SET NOT NULL`,
  );
  expect(await catalogSnapshot(db.sql)).toEqual(made);
});

test('a column of the replica identity is not let be NULL: the plan refuses what PostgreSQL would', async () => {
  await db.sql.query(
    'CREATE UNIQUE INDEX people_name ON people (name); ALTER TABLE people REPLICA IDENTITY USING INDEX people_name',
  );
  expect(await sqlState(db.sql.query('ALTER TABLE people ALTER COLUMN name DROP NOT NULL'))).toBe('42P16');
  const relaxed = { table: 'public.people', change: { kind: 'drop-not-null', column: 'name' } };
  await expect(migrationUnderTest(db.database, 'relaxed', relaxed)).rejects.toThrow(
    'people.name belongs to the index that is the replica identity',
  );
});

test('a composite value is there whatever its fields hold: it is neither refused nor counted, and nothing is read under the lock', async () => {
  await db.sql.query(`CREATE TYPE place AS (street text, floor int); CREATE DOMAIN place_t AS place;
    CREATE TABLE visits (id int PRIMARY KEY, a place, b place_t);
    INSERT INTO visits VALUES (1, ROW('x', NULL), ROW(NULL, 1)), (2, ROW(NULL, NULL), ROW(NULL, NULL))`);
  for (const column of ['a', 'b']) {
    const migration = await migrationUnderTest(db.database, `composite-${column}`, {
      table: 'public.visits',
      change: { kind: 'set-not-null', column },
    });
    const seen = await seenUnits(db, migration);
    expect(seen).toEqual(promisedUnits(migration));
    await db.sql.query(`UPDATE visits SET ${column} = ROW(NULL, 3) WHERE id = 1`);
    expect(await sqlState(db.sql.query(`UPDATE visits SET ${column} = NULL`))).toBe('23502');
  }
  await db.sql.query(
    'ALTER TABLE visits ALTER COLUMN a DROP NOT NULL; UPDATE visits SET a = NULL WHERE id = 2',
  );
  await expect(
    migrationUnderTest(db.database, 'composite-null', {
      table: 'public.visits',
      change: { kind: 'set-not-null', column: 'a' },
    }),
  ).rejects.toThrow('1 row breaks it');
});
