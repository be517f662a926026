import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { inspectorOf } from '../../engine/dialects/planning-dialect.ts';
import { leavingPart } from '../../engine/shapes/shape.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { afresh, declared, movedTable } from './moved-table.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() => db.sql.query(`${afresh}; ${movedTable}`));

const moved = (): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared);

test('each way back leaves the catalog as it was; at the end it is what ALTER TABLE … SET SCHEMA would have made', async () => {
  const migration = await expectUndoneFromEachPhase(db, 'whole', declared);
  const made = await catalogSnapshot(db.sql);
  expect(await leftoversOf(migration)).toEqual([]);
  await db.sql.query(`${afresh}; ${movedTable}; ALTER TABLE people SET SCHEMA crm`);
  expect(made).toEqual(await catalogSnapshot(db.sql));
});

test('an audit of a completed move finds the table where it should not be', async () => {
  const migration = await moved();
  expect((await leftoversOf(migration)).map(({ what }) => what)).toEqual([
    'there is no table crm.people any more',
    'there is something called people',
  ]);
});

test.each(['FOR TABLES IN SCHEMA crm', 'FOR TABLES IN SCHEMA public', 'FOR ALL TABLES', 'FOR TABLE people'])(
  'a publication %s that came since the plan keeps it where it is',
  async (published) => {
    const migration = await moved();
    await db.sql.query(`CREATE PUBLICATION late ${published}`);
    const late = await migration.apply('expand').catch(String);
    await db.sql.query('DROP PUBLICATION late');
    expect(late).toContain('people is not as it was planned: publication late is new');
    await migration.apply('expand');
    const { rows } = await db.sql.query(`SELECT relkind FROM pg_class WHERE oid = 'crm.people'::regclass`);
    expect(rows).toEqual([{ relkind: 'r' }]);
  },
);

test('it takes the locks that the plan says, reads no row and writes none anew', async () => {
  const migration = await moved();
  expect(await seenUnits(db, migration)).toEqual(promisedUnits(migration));
});

test('rows are read and written in both places until the quarantine, then in the new one alone', async () => {
  const migration = await moved();
  await migration.apply('expand');
  const told: unknown[] = [];
  const send = async (text: string): Promise<void> => {
    told.push(
      ...(await db.sql.query<{ told: string }>(`${text} RETURNING concat_ws(' ', no, mail, n) AS told`)).rows,
    );
  };
  await send(`INSERT INTO public.people (mail) VALUES ('c')`);
  await send(`INSERT INTO public.people (mail) VALUES ('c') ON CONFLICT (mail) DO UPDATE SET n = 8`);
  await send(`INSERT INTO crm.people (no, mail) VALUES (nextval('public.people_no_seq'), 'd')`);
  await send(`UPDATE crm.people SET n = 9 WHERE mail = 'd'`);
  await send(`DELETE FROM public.people WHERE mail = 'a'`);
  expect(told.map((row) => Object.values(Object(row))[0])).toEqual([
    '4 c 7',
    '4 c 8',
    '6 d 7',
    '6 d 9',
    '1 a 7',
  ]);
  const rows = ['2 b 7', '4 c 8', '6 d 9'];
  const read = async (table: string): Promise<readonly string[]> =>
    (
      await db.sql.query<{ row: string }>(
        `SELECT concat_ws(' ', no, mail, n) AS row FROM ${table} ORDER BY no`,
      )
    ).rows.map(({ row }) => row);
  for (const table of ['public.people', 'crm.people']) expect(await read(table)).toEqual(rows);
  expect((await db.sql.query('SELECT FROM visits')).rowCount).toBe(0);
  await migration.apply('read-switch', 'quarantine');
  expect(await sqlState(db.sql.query('SELECT FROM public.people'))).toBe('42P01');
  await migration.undo('quarantine');
  expect(await read('public.people')).toEqual(rows);
  await migration.apply('confidence', 'quarantine', 'contract');
  expect(await read('crm.people')).toEqual(rows);
});

test('a sequence that a column owns is called by its old name until the contract, then by the new one', async () => {
  const migration = await moved();
  const called = async (schemaOf: string): Promise<string> =>
    sqlState(db.sql.query(`SELECT nextval('${schemaOf}.people_no_seq')`));
  await migration.apply('expand', 'read-switch', 'confidence', 'quarantine');
  expect([await called('public'), await called('crm')]).toEqual(['no error', '42P01']);
  await migration.apply('contract');
  expect([await called('public'), await called('crm')]).toEqual(['42P01', 'no error']);
  const owned = await db.sql.query<{ name: string }>(
    `SELECT pg_get_serial_sequence('crm.people', 'no') AS name`,
  );
  expect(owned.rows).toEqual([{ name: 'crm.people_no_seq' }]);
  await db.sql.query(`INSERT INTO crm.people (mail) VALUES ('c'); INSERT INTO visits (id) VALUES (2)`);
});

test('the plan names sequences, statistics and those who find nothing without a schema', async () => {
  const { plan } = await moved();
  const said = plan.warnings.join('\n');
  expect(said).toContain(
    'public.people_id_seq of the identity column id is crm.people_id_seq from expand on',
  );
  expect(said).toContain(
    'public.people_no_seq of no stays where it is, and belongs to no column, until the contract',
  );
  expect(said).toContain('the statistics people_both stay in public');
  expect(said).toMatch(
    /people is not found any more from the quarantine on by role \w+.*: write crm\.people/u,
  );
});

test('the contract gate finds functions that use the old place and notes views, and none that use the new one', async () => {
  const migration = await moved();
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  await db.sql
    .query(`CREATE VIEW old_ids AS SELECT id FROM public.people; CREATE VIEW new_ids AS SELECT id FROM crm.people;
    CREATE FUNCTION old_place() RETURNS text LANGUAGE sql AS 'SELECT mail FROM public.people LIMIT 1';
    CREATE FUNCTION any_place() RETURNS text LANGUAGE sql AS 'SELECT mail FROM people LIMIT 1';
    CREATE FUNCTION new_place() RETURNS text LANGUAGE sql AS 'SELECT mail FROM crm.people LIMIT 1';
    CREATE FUNCTION new_words() RETURNS text LANGUAGE plpgsql AS
      $$ DECLARE r crm.people%ROWTYPE; BEGIN EXECUTE 'SELECT * FROM "crm".people' INTO r; RETURN r.mail; END $$`);
  expect(await usage.catalog(await sqlParser())).toMatchObject({
    dependents: [],
    notes: ['view public.old_ids reads the table when the view goes'],
    functions: ['old_place()', 'any_place()'],
  });
});

test('statements on two tables of one name are not told apart by PostgreSQL 18, and the gate says so', async () => {
  const migration = await moved();
  await migration.apply('expand', 'read-switch');
  const part = leavingPart(migration.plan.shape);
  if (part === null) throw new Error('something leaves');
  const usage = await loadUsage(db.database, part);
  await usage.note(migration.claim);
  await db.sql.query('SELECT mail FROM crm.people WHERE id = 1');
  await db.sql.query('SELECT mail FROM public.people WHERE id = 1');
  const { rows } = await db.sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query ~ '^SELECT mail FROM (crm|public).people WHERE'`,
  );
  const measured = await usage.statements(migration.claim, 3600, await sqlParser());
  if (rows[0]?.n === 1)
    expect(measured).toMatchObject({ kind: 'unmeasured', why: expect.stringContaining('counted as one') });
  else
    expect(measured).toMatchObject({
      kind: 'counted',
      named: [{ verb: 'SELECT', calls: 1, doubtful: false }],
    });
});

test('a role that is dropped while the paths of all roles are asked for is no error', async () => {
  await db.sql.query('CREATE ROLE dropped_meanwhile LOGIN');
  const asking = await db.connect();
  // As in a statement that has begun: by its snapshot the role is there.
  await asking.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await asking.query('SELECT FROM pg_roles');
  await db.sql.query('DROP ROLE dropped_meanwhile');
  const people = { schema: 'public', name: 'people' };
  const found = await inspectorOf(new PostgresDatabase(asking)).moved(people, 'crm').catch(String);
  await asking.query('ROLLBACK');
  expect(found).toMatchObject({ schemaThere: true });
});
