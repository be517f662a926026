import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DumpError, loadDump } from '../../rehearsal/database/load-dump.ts';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';

let database: FreshDatabase;
let client: Client;
beforeEach(async () => {
  database = await freshDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

/** Roles belong to the server, which other tests use: they go with their grants. */
async function dropRoles(...names: readonly string[]): Promise<void> {
  for (const name of names) await client.query(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
}

test('a dump as pg_dump writes it arrives whole', async () => {
  const dump = readFileSync(new URL('shop-dump.sql', import.meta.url), 'utf8');
  const { statements, notices } = await loadDump(database.url, dump);
  expect(statements).toBe(23);
  expect(notices).toEqual([
    'dump.sql:5: psql command \\restrict skipped',
    'dump.sql:12: setting skipped: unrecognized configuration parameter "timeout_of_a_later_version"',
    'dump.sql:20: CREATE DATABASE skipped: the dump goes into the database at hand',
    'dump.sql:21: ALTER DATABASE skipped: the dump goes into the database at hand',
    'dump.sql:22: psql command \\connect skipped',
    'dump.sql:24: the extension "postgis" is not to be had here; going on without it',
    'dump.sql:32: created the role "shop_owner_of_the_dump", which was not here, without a login',
    'dump.sql:93: created the role "Reader of the Dump", which was not here, without a login',
    'dump.sql:99: psql command \\unrestrict skipped',
  ]);
  await client.query(`INSERT INTO "Sales Data"."Order" ("select") VALUES ('new')`);
  const { rows } = await client.query(`SELECT * FROM "Sales Data"."Order" ORDER BY "Id"`);
  expect(rows).toEqual(
    [
      { Id: '1', select: 'from', mood: "it's; ok", note: 'a\tb; -- no comment', tags: '{a;b,NULL}' },
      { Id: '2', select: null, mood: 'sad', note: `'unclosed $$ "quote`, tags: null },
      { Id: '3', select: '\\.', mood: 'happy', note: 'line\nbreak', tags: '{}' },
      { Id: '4', select: 'new', mood: 'happy', note: `;it's touched;`, tags: null },
    ].map((row) => ({ ...row, tags: row.tags === null ? null : (expect.anything() as unknown) })),
  );
  const {
    rows: [larger],
  } = await client.query('SELECT public.larger(2, 3)');
  expect(larger).toEqual({ larger: 3 });
  await dropRoles('shop_owner_of_the_dump', '"Reader of the Dump"');
});

test('what the original database has its sessions begin with holds for the one at hand', async () => {
  const dump = `
    CREATE DATABASE "the shop";
    ALTER DATABASE "the shop" SET search_path TO 'app', 'public';
    -- As pg_dump has it for one of its settings.
    ALTER DATABASE "the shop" SET "no.such setting!" TO 'x';
    ALTER DATABASE "the shop" SET TABLESPACE elsewhere;
    \\connect "the shop"
    CREATE SCHEMA app;
    CREATE TABLE app.counter (n integer NOT NULL);
    \\copy app.counter FROM 'counter.csv' CSV
    INSERT INTO counter VALUES (0);`.replaceAll(/^ +/gmu, '');
  const { notices } = await loadDump(database.url, dump);
  expect(notices).toEqual([
    'dump.sql:2: CREATE DATABASE skipped: the dump goes into the database at hand',
    expect.stringContaining('dump.sql:5: setting of the database skipped: '),
    'dump.sql:6: ALTER DATABASE skipped: the dump goes into the database at hand',
    'dump.sql:7: psql command \\connect skipped',
    'dump.sql:10: psql command \\copy skipped: rows of other files are not loaded',
  ]);
  const later = new Client({ connectionString: database.url });
  await later.connect();
  try {
    const { rows } = await later.query('SELECT n FROM counter');
    expect(rows).toEqual([{ n: 0 }]);
  } finally {
    await later.end();
  }
});

test.each([
  [
    'CREATE TABLE a (id int);\n\nCREATE TABLE b (\n  id int,\n  x nosuchtype\n);',
    'dump.sql:5: type "nosuchtype" does not exist',
  ],
  ['SELECT 1;\nSELEC 2;', 'dump.sql:2: syntax error at or near "SELEC"'],
  ["SELECT 1;\nSELECT 'abc", 'dump.sql:2: unterminated quoted string'],
  [
    'CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\nx\n\\.\n',
    'dump.sql:4: invalid input syntax for type integer: "x"',
  ],
  ['CREATE TABLE a (id int UNIQUE);\nINSERT INTO a VALUES (1), (1);', 'Key (id)=(1) already exists'],
  ['SELECT 1;\n\\i other.sql\n', 'dump.sql:2: the psql command \\i cannot be followed'],
  ['SET standard_conforming_strings = off;', 'dump.sql:1: strings in the manner of PostgreSQL 9.0'],
  ['PGDMP\u0001', 'pg_restore -f plain.sql'],
  ['BEGIN;\nSELECT 1;', 'ends inside a transaction'],
])('%j is refused with its place', async (dump, message) => {
  const error: unknown = await loadDump(database.url, dump).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DumpError);
  expect(String(error)).toContain(message);
});

test('what fails for want of an extension names the extension and its line', async () => {
  const dump =
    'CREATE EXTENSION postgis;\nALTER EXTENSION postgis UPDATE;\nCREATE TABLE place (at geometry);';
  await expect(loadDump(database.url, dump, 'places.sql')).rejects.toThrow(
    /^places\.sql:3: type "geometry" does not exist.*"postgis" \(line 1\)/s,
  );
});

test('within a transaction of the dump, what can be fixed does not end it', async () => {
  const dump = `BEGIN;
    SET timeout_of_a_later_version = 1;
    CREATE TABLE kept (id int);
    ALTER TABLE kept OWNER TO owner_in_transaction;
    SAVEPOINT a;
    INSERT INTO kept VALUES (1);
    ROLLBACK TO SAVEPOINT a;
    INSERT INTO kept VALUES (2);
    COMMIT;`;
  const { notices } = await loadDump(database.url, dump);
  expect(notices).toHaveLength(2);
  expect((await client.query('SELECT id FROM kept')).rows).toEqual([{ id: 2 }]);
  await dropRoles('owner_in_transaction');
});

test('a role that is here already is left as it is', async () => {
  const { notices } = await loadDump(
    database.url,
    'CREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER;',
  );
  expect(notices).toEqual(['dump.sql:1: role "postgres" already exists: left as it is']);
});
