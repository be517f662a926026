import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { leavingPart } from '../../engine/shapes/shape.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
const schema = `CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL UNIQUE, n int DEFAULT 7);
  CREATE TABLE visits (id int PRIMARY KEY, person bigint REFERENCES people ON DELETE CASCADE);
  CREATE VIEW mails AS SELECT mail FROM people;
  INSERT INTO people (mail) VALUES ('a'), ('b'); INSERT INTO visits VALUES (1, 1)`;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(
    `DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public; CREATE EXTENSION pg_stat_statements; ${schema}`,
  ),
);

const declared = { table: 'public.people', change: { kind: 'rename-table', to: 'persons', by: 'alias' } };
const renamed = (): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared);

test('each way back leaves the catalog as it was; at the end it is what ALTER TABLE … RENAME would have made', async () => {
  const migration = await expectUndoneFromEachPhase(db, 'whole', declared);
  const made = await catalogSnapshot(db.sql);
  expect(await leftoversOf(migration)).toEqual([]);
  await db.sql.query(
    `DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${schema}; ALTER TABLE people RENAME TO persons`,
  );
  expect(made.filter((line) => !line.includes('pg_stat_statements'))).toEqual(await catalogSnapshot(db.sql));
});

test('it takes the locks that the plan says, reads no row and writes none anew', async () => {
  const migration = await renamed();
  expect(await seenUnits(db, migration)).toEqual(promisedUnits(migration));
});

test('a trigger is told the name that the table has then', async () => {
  await db.sql
    .query(`CREATE FUNCTION named() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.mail := TG_TABLE_NAME; RETURN NEW; END';
    CREATE TRIGGER named BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION named()`);
  const migration = await renamed();
  await migration.apply('expand');
  const { rows } = await db.sql.query<{ mail: string }>(
    `INSERT INTO people (mail) VALUES ('c') RETURNING mail`,
  );
  expect(migration.plan.warnings.join('\n')).toContain(`TG_TABLE_NAME says ${rows[0]?.mail}`);
});

test('rows are read and written by both names until the quarantine, then by the new one alone', async () => {
  const migration = await renamed();
  await migration.apply('expand');
  await db.sql.query(`INSERT INTO people (mail) VALUES ('c') ON CONFLICT (mail) DO NOTHING`);
  await db.sql.query(`UPDATE persons SET n = 1 WHERE mail = 'c'`);
  await db.sql.query(`DELETE FROM people WHERE id = 1`);
  const rows = [
    { mail: 'b', n: 7 },
    { mail: 'c', n: 1 },
  ];
  for (const name of ['people', 'persons'])
    expect((await db.sql.query(`SELECT mail, n FROM ${name} ORDER BY mail`)).rows).toEqual(rows);
  expect((await db.sql.query('SELECT FROM visits')).rowCount).toBe(0);
  await migration.apply('read-switch', 'quarantine');
  expect(await sqlState(db.sql.query('SELECT FROM people'))).toBe('42P01');
  await migration.undo('quarantine');
  expect((await db.sql.query('SELECT mail, n FROM people ORDER BY mail')).rows).toEqual(rows);
});

test('the contract gate finds statements and functions that use the old name, and notes views', async () => {
  const migration = await renamed();
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  await usage.note(migration.claim);
  await db.sql.query('SELECT mail FROM people WHERE id = 1');
  await db.sql.query('SELECT mail FROM persons WHERE id = 1');
  const measured = await usage.statements(migration.claim, 3600, await sqlParser());
  await db.sql.query(
    'CREATE VIEW old_ids AS SELECT id FROM people; CREATE VIEW new_ids AS SELECT id FROM persons',
  );
  await db.sql.query(
    `CREATE FUNCTION old_name() RETURNS text LANGUAGE sql AS 'SELECT mail FROM people LIMIT 1'`,
  );
  expect(measured).toMatchObject({ kind: 'counted', named: [{ verb: 'SELECT', calls: 1, writes: false }] });
  expect(await usage.catalog(await sqlParser())).toMatchObject({
    dependents: [],
    functions: ['old_name()'],
    notes: ['view public.old_ids reads the table when the view goes'],
  });
});

test('what publishes the table since the plan keeps it from being renamed; by its new name it shuts the gate', async () => {
  const migration = await renamed();
  await db.sql.query('CREATE PUBLICATION late FOR TABLES IN SCHEMA public');
  await expect(migration.apply('expand')).rejects.toThrow(
    'people is not as it was planned: publication late is new',
  );
  await db.sql.query('DROP PUBLICATION late');
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  expect(await usage.bound()).toEqual([]);
  await db.sql.query('CREATE PUBLICATION late FOR TABLE persons');
  expect(await usage.bound()).toEqual([
    'publication late, which sends rows of public.persons, a name that a rollback takes away: take the table out of it until the migration has completed',
  ]);
  await db.sql.query('DROP PUBLICATION late');
});

test.each([
  ['a name that is taken', 'CREATE TABLE persons ()', /called persons already/u],
  ['a published table', 'CREATE PUBLICATION p FOR ALL TABLES', /publication p publishes public\.people/u],
])('%s is refused', async (_, before, says) => {
  await db.sql.query(before);
  const refused: unknown = await renamed().catch((error: unknown) => error);
  await db.sql.query('DROP PUBLICATION IF EXISTS p');
  expect(refused).toBeInstanceOf(InvalidSpec);
  expect(String(refused)).toMatch(says);
});
