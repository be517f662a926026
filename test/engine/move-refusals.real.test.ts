import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { afresh, declared, movedTable } from './moved-table.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() => db.sql.query(`${afresh}; ${movedTable}`));

const moved = (): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared);

test.each([
  ['a schema that is not there', 'DROP SCHEMA crm', /there is no schema crm in this database/u],
  ['a name that is taken', 'CREATE TABLE crm.people ()', /table crm\.people has a name that would come/u],
  [
    'an index of the same name',
    'CREATE TABLE crm.a (b int); CREATE INDEX people_n ON crm.a (b)',
    /index crm\.people_n has a name/u,
  ],
  ['a type of the same name', 'CREATE TYPE crm.people AS ENUM ()', /type crm\.people has a name/u],
  [
    'rights of those who may not use the schema',
    'REVOKE USAGE ON SCHEMA crm FROM PUBLIC',
    /PUBLIC has rights on public\.people, and none to use the schema crm/u,
  ],
  ['a published table', 'CREATE PUBLICATION p FOR TABLE people', /publication p publishes public\.people/u],
  [
    'a published schema',
    'CREATE PUBLICATION p FOR TABLES IN SCHEMA crm',
    /publication p publishes all tables of the schema crm/u,
  ],
  [
    'a sequence of an identity that a function calls',
    `CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT currval('people_id_seq') $$`,
    /function f\(\) mentions people_id_seq/u,
  ],
  [
    'a table that would hide behind it',
    `CREATE SCHEMA sales; CREATE TABLE sales.people ();
     CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SET search_path = crm, sales AS 'SELECT count(*) FROM people'`,
    /for function f\(\), by its search_path, the name people without a schema means sales\.people, and would mean crm\.people/u,
  ],
  [
    'a table that would be found in its place',
    `CREATE SCHEMA sales; CREATE TABLE sales.people ();
     CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SET search_path = public, sales AS 'SELECT count(*) FROM people'`,
    /means public\.people, and would mean sales\.people in the end/u,
  ],
])('%s is refused', async (_, before, says) => {
  await db.sql.query(before);
  const refused: unknown = await moved().catch((error: unknown) => error);
  await db.sql.query('DROP PUBLICATION IF EXISTS p');
  expect(refused).toBeInstanceOf(InvalidSpec);
  expect(String(refused)).toMatch(says);
});

test('the way of the search_path of a role and of the database is known', async () => {
  const role = `mover_${process.pid}`;
  await db.sql.query(
    `CREATE ROLE ${role} LOGIN; CREATE SCHEMA sales; CREATE TABLE sales.people (); GRANT USAGE ON SCHEMA public, sales TO ${role}`,
  );
  try {
    await db.sql.query(`ALTER ROLE ${role} SET search_path = '$user', "crm", sales`);
    await expect(moved()).rejects.toThrow(`for role ${role}, by its search_path, the name people`);
    await db.sql.query(`ALTER ROLE ${role} SET search_path = public, crm, sales`);
    expect((await moved()).plan.warnings.join('\n')).not.toContain(role);
    await db.sql.query(`ALTER ROLE ${role} SET search_path = public`);
    expect((await moved()).plan.warnings.join('\n')).toContain(role);
    await db.sql.query('REVOKE ALL ON people FROM PUBLIC');
    expect((await moved()).plan.warnings.join('\n')).not.toContain(role);
    await db.sql.query(
      `ALTER ROLE ${role} IN DATABASE ${new URL(db.url).pathname.slice(1)} SET search_path = public, sales`,
    );
    await expect(moved()).rejects.toThrow('would mean sales.people in the end');
  } finally {
    await db.sql.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test.each([
  ['its own schema', 'public', /is in the schema public already/u],
  ['a schema of the server', 'pg_catalog', /not a place for an application/u],
])('%s is refused', async (_, to, says) => {
  const change = { ...declared.change, to };
  await expect(migrationUnderTest(db.database, 'there', { ...declared, change })).rejects.toThrow(says);
});
