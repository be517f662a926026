import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { inspectorOf } from '../../engine/dialects/planning-dialect.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

/** What an application that names no columns lives through, and what the plan has said of it before. */
let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let application: Client;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, note text);
    INSERT INTO users VALUES (1, 'a@example.com', 'first');
    CREATE TABLE archive (LIKE users);
    CREATE TABLE logs (id int PRIMARY KEY)`);
  migration = await migrationUnderTest(db.database, 'rename', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'email_address' },
  });
  application = await db.connect();
});
afterAll(() => db.close());

const cachedPlan = '0A000';
const prepare = (name: string) => application.query(`PREPARE ${name} AS SELECT * FROM users WHERE id = 1`);
const execute = (name: string) => sqlState(application.query(`EXECUTE ${name}`));

/** Prepared before the phase, it fails at every execute, in transactions too, until it is prepared again. */
async function failsUntilPreparedAnew(name: string): Promise<void> {
  expect([await execute(name), await execute(name)]).toEqual([cachedPlan, cachedPlan]);
  await application.query('BEGIN');
  expect([await execute(name), await sqlState(application.query('SELECT 1'))]).toEqual([cachedPlan, '25P02']);
  await application.query('ROLLBACK');
  await application.query(`DEALLOCATE ${name}`);
  await prepare(name);
  expect(await execute(name)).toBe('no error');
}

const copy = (columns: string, id: number) =>
  sqlState(db.sql.query(`COPY users ${columns} FROM PROGRAM 'printf "${id}\\tb@example.com\\tnote\\n"'`));
const archive = (columns: string) =>
  sqlState(db.sql.query(`INSERT INTO archive SELECT ${columns} FROM users`));
const insert = (id: number) =>
  sqlState(application.query(`INSERT INTO users VALUES (${id}, 'c@example.com', 'n')`));

test('the plan says all of it, and of a column that is only added what is true of that', async () => {
  expect(migration.plan.warnings).toEqual([
    expect.stringMatching(
      /^a prepared SELECT \* or RETURNING \* over public\.users fails from expand on, and again .*0A000/u,
    ),
    expect.stringMatching(/^COPY public\.users FROM without a list of columns fails from expand on \(22P04/u),
    expect.stringMatching(/^INSERT INTO public\.users VALUES .* land in other columns/u),
  ]);
  const added = await migrationUnderTest(db.database, 'added', {
    table: 'public.logs',
    change: { kind: 'add-column', column: 'seen', type: 'boolean' },
  });
  expect(added.plan.warnings).toEqual([
    expect.stringMatching(/^a prepared SELECT \* .* over public\.logs fails from expand on: /u),
    expect.stringMatching(/^COPY public\.logs FROM/u),
  ]);
});

test('before expand all of it works', async () => {
  await prepare('whole');
  expect([await execute('whole'), await copy('', 2), await archive('*'), await insert(3)]).toEqual(
    Array.from({ length: 4 }, () => 'no error'),
  );
});

test('from expand on prepared statements, COPY and INSERT … SELECT * fail; with columns they do not', async () => {
  await migration.apply('expand', 'dual-write');
  await failsUntilPreparedAnew('whole');
  expect([await copy('', 4), await archive('*')]).toEqual(['22P04', '42601']);
  expect([await copy('(id, email, note)', 4), await archive('id, email, note'), await insert(5)]).toEqual(
    Array.from({ length: 3 }, () => 'no error'),
  );
});

test('the quarantine and the contract are each a change of the row again, and an INSERT by position goes astray', async () => {
  await migration.backfill();
  await migration.apply('verify', 'read-switch', 'quarantine');
  await failsUntilPreparedAnew('whole');
  expect(await insert(6)).toBe('no error');
  await migration.apply('contract');
  await failsUntilPreparedAnew('whole');
  expect(await insert(7)).toBe('no error');
  const { rows } = await db.sql.query(
    'SELECT id, email_address, note FROM users WHERE id IN (6, 7) ORDER BY id',
  );
  expect(rows).toEqual([
    { id: 6, email_address: 'c@example.com', note: 'n' },
    { id: 7, email_address: 'n', note: 'c@example.com' },
  ]);
});

test('a function that gives rows of the table, column by column, fails once there is another one: the plan names it', async () => {
  await db.sql.query(`CREATE TABLE listed (id int PRIMARY KEY, email text);
    CREATE FUNCTION all_listed() RETURNS SETOF listed LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM listed; END';
    CREATE FUNCTION each_listed() RETURNS SETOF listed LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT id, email FROM listed; END';
    CREATE FUNCTION sql_listed() RETURNS SETOF listed LANGUAGE sql AS 'SELECT id, email FROM listed';
    INSERT INTO listed VALUES (1, 'a')`);
  const renamed = await migrationUnderTest(db.database, 'listed', {
    table: 'public.listed',
    change: { kind: 'rename-column', from: 'email', to: 'address' },
  });
  const table = { schema: 'public', name: 'listed' };
  const { rowFunctions } = await inspectorOf(db.database).statistics(table, { key: 'id', columns: [] });
  expect(rowFunctions).toEqual(['all_listed()', 'each_listed()', 'sql_listed()']);
  const called = async () =>
    Promise.all(rowFunctions.map((name) => sqlState(db.sql.query(`SELECT id FROM ${name}`))));
  expect(await called()).toEqual(['no error', 'no error', 'no error']);
  await renamed.apply('expand');
  expect(await called()).toEqual(['no error', '42804', '42P13']);
});
