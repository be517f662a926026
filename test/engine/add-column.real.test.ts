import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE SEQUENCE tickets');
});
afterAll(() => db.close());

/** A table of five people, and a migration that adds a column `extra` to it. */
async function adding(
  change: Readonly<Record<string, unknown>>,
): Promise<readonly [string, MigrationUnderTest]> {
  const table = `a${(count += 1)}`;
  await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, country text, "found" int)`);
  await db.sql.query(`INSERT INTO ${table} SELECT n, 'C' || n, n FROM generate_series(1, 5) AS n`);
  const declared = { table: `public.${table}`, change: { kind: 'add-column', column: 'extra', ...change } };
  return [table, await migrationUnderTest(db.database, table, declared)];
}
const extras = async (table: string): Promise<readonly unknown[]> =>
  (await db.sql.query(`SELECT extra FROM ${table} ORDER BY id`)).rows.map(({ extra }) => extra);

const linesOf = async (table: string): Promise<readonly string[]> =>
  (await catalogSnapshot(db.sql)).filter((line) => line.includes(table));

describe('a column with a constant default', () => {
  test('costs no walk and is there for every row at once', async () => {
    const [table, migration] = await adding({ type: 'text', default: `'en'`, notNull: true });
    expect(migration.plan.walks).toEqual([]);
    await migration.apply('expand', 'dual-write', 'verify', 'contract');
    expect(await extras(table)).toEqual(['en', 'en', 'en', 'en', 'en']);
    expect(await sqlState(db.sql.query(`UPDATE ${table} SET extra = NULL`))).toBe('23502');
  });
});

describe('a column that is computed from its row', () => {
  const change = { type: 'text', default: `'en'`, backfill: 'lower(country) || found', notNull: true };

  test('is filled for old rows and for writers that leave it NULL, and keeps what a writer says', async () => {
    const [table, migration] = await adding(change);
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${table} (id, country, "found") VALUES (6, 'X', 6)`);
    await db.sql.query(`INSERT INTO ${table} VALUES (7, 'X', 7, 'said'), (8, 'X', 8, NULL)`);
    await db.sql.query(`UPDATE ${table} SET country = 'Y' WHERE id = 1`);
    expect(await migration.backfill()).toMatchObject({ rows: 8, changed: 4 });
    const wanted = ['y1', 'c22', 'c33', 'c44', 'c55', 'en', 'said', 'x8'];
    expect(await extras(table)).toEqual(wanted);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'contract');
    expect(await sqlState(db.sql.query(`INSERT INTO ${table} VALUES (9, 'X', 9, NULL)`))).toBe('23502');
  });

  test('whose expression refuses a row leaves the writer alone and is counted', async () => {
    const [table, migration] = await adding({ type: 'integer', backfill: 'country::integer' });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${table} (id, country) VALUES (6, '6')`);
    await db.sql.query(`UPDATE ${table} SET "found" = 0`);
    await migration.backfill();
    expect(await extras(table)).toEqual([null, null, null, null, null, 6]);
    expect(await migration.mismatches()).toBe(5);
  });

  test('is undone without a trace', async () => {
    const [table, migration] = await adding(change);
    const clean = await linesOf(table);
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify');
    expect(await linesOf(table)).not.toEqual(clean);
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await linesOf(table)).toEqual(clean);
  });
});

test('a volatile default gives every row a value of its own', async () => {
  const [table, migration] = await adding({ type: 'bigint', default: `nextval('tickets')`, notNull: true });
  await migration.apply('expand', 'dual-write');
  await db.sql.query(`INSERT INTO ${table} (id) VALUES (6)`);
  await migration.backfill();
  await migration.apply('verify', 'contract');
  await db.sql.query(`INSERT INTO ${table} (id) VALUES (7)`);
  const values = await extras(table);
  expect(new Set(values).size).toBe(7);
  expect(values).not.toContain(null);
});
