import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
  ['SELECT 1;\n\\i other.sql\n', 'dump.sql:2: \\i other.sql includes a file, and this text lies in none'],
  ['SELECT 1;\n\\lo_import picture\n', 'dump.sql:2: the psql command \\lo_import cannot be followed'],
  ['SELECT 1\n\\watch 3\n', 'dump.sql:1: the psql command \\watch cannot be followed'],
  ['SELECT 1;\n\\endif\n', 'dump.sql:2: \\endif without \\if'],
  ['SET standard_conforming_strings = off;', 'dump.sql:1: strings in the manner of PostgreSQL 9.0'],
  ['PGDMP\u0001', 'pg_restore -f plain.sql'],
  ['BEGIN;\nSELECT 1;', 'ends inside a transaction'],
])('%j is refused with its place', async (dump, message) => {
  const error: unknown = await loadDump(database.url, dump).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DumpError);
  expect(String(error)).toContain(message);
});

test('what wants an extension that is not to be had is left out by name, and what wants that', async () => {
  const dump = `CREATE EXTENSION postgis;
    ALTER EXTENSION postgis UPDATE;
    CREATE TABLE town (id int PRIMARY KEY);
    BEGIN;
    CREATE TABLE place (at geometry);
    COPY place FROM stdin;
\\.
    CREATE INDEX ON place USING gist (at);
    INSERT INTO town VALUES (7);
    COMMIT;`;
  const { notices } = await loadDump(database.url, dump, 'places.sql');
  expect(notices).toEqual([
    'places.sql:1: the extension "postgis" is not to be had here; going on without it',
    'places.sql:5: left out, probably for want of the extension "postgis": type "geometry" does not exist',
    'places.sql:6: left out, probably for want of the extension "postgis": relation "place" does not exist',
    'places.sql:8: left out, probably for want of the extension "postgis": relation "place" does not exist',
  ]);
  expect((await client.query('SELECT id FROM town')).rows).toEqual([{ id: 7 }]);
  await expect(loadDump(database.url, `${dump}\nCREATE TABLE town (id int);`)).rejects.toThrow(
    /relation "town" already exists.*"postgis" \(line 1\)/su,
  );
});

describe('a script for psql', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'underpin-script-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const load = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
    const text = files['all.sql'] ?? '';
    return loadDump(database.url, text, 'all.sql', path.join(folder, 'all.sql'));
  };

  test('includes other files, beside itself and beside those that include them', async () => {
    const { notices } = await load({
      'all.sql': `\\set ON_ERROR_STOP 1\nCREATE SCHEMA app;\n\\ir tables/a.sql\n\\i tables/b.sql\n\\echo done\n`,
      'tables/a.sql': `CREATE TABLE app.a (id int);\n\\ir more/c.sql`,
      'tables/more/c.sql': 'CREATE TABLE app.c (id int);',
      'tables/b.sql': `CREATE TABLE app.b (id int);\n\\connect elsewhere`,
    });
    expect(notices).toEqual([
      'tables/b.sql:2: psql command \\connect skipped',
      'all.sql:5: psql command \\echo skipped',
    ]);
    const { rows } = await client.query(
      `SELECT string_agg(relname, ' ' ORDER BY relname) AS names FROM pg_class WHERE relnamespace = 'app'::regnamespace`,
    );
    expect(rows).toEqual([{ names: 'a b c' }]);
  });

  test('goes on behind an error where it says so', async () => {
    const { notices } = await load({
      'all.sql': `\\set ON_ERROR_STOP off\nSELEC 1;\nCREATE TABLE there (id int);\n\\set ON_ERROR_STOP on\nCREATE INDEX ON there (id);`,
    });
    expect(notices).toEqual([
      'all.sql:2: syntax error at or near "SELEC" (left out, since ON_ERROR_STOP is off)',
    ]);
    await client.query('SELECT id FROM there');
  });

  test('names the file and the line of what fails in one that it includes, and one that is not there', async () => {
    await expect(load({ 'all.sql': '\\ir a.sql', 'a.sql': '\nSELEC 1;' })).rejects.toThrow(
      'a.sql:2: syntax error',
    );
    await expect(load({ 'all.sql': 'SELECT 1;\n\\ir nowhere.sql' })).rejects.toThrow(
      'all.sql:2: \\ir nowhere.sql: there is no such file beside all.sql',
    );
    await expect(load({ 'all.sql': '\\ir all.sql' })).rejects.toThrow('files that include each other');
  });

  test('sets variables, asks for them, and runs what it has made', async () => {
    await load({
      'all.sql': `\\set app 'my app'
\\set n 40
\\if :{?nothing}
  CREATE SCHEMA wrong;
  \\ir nowhere.sql
\\elif :{?app}
  CREATE SCHEMA :"app";
\\else
  CREATE SCHEMA wrong;
\\endif
CREATE TABLE :"app".t (n int DEFAULT :n, app text DEFAULT :'app', note text DEFAULT ':n', d date DEFAULT '2026-01-01'::date);
SELECT 2 AS more \\gset its_
INSERT INTO :"app".t (n) VALUES (:n + :its_more);
SELECT format('CREATE TABLE made_%s (id int)', g) FROM generate_series(1, 2) AS g \\gexec
SELECT 'CREATE DATABASE other' WHERE true\\gexec
\\q
SELEC nothing of this;
`,
    });
    const { rows } = await client.query(`SELECT n, app, note FROM "my app".t`);
    expect(rows).toEqual([{ n: 42, app: 'my app', note: ':n' }]);
    await client.query('SELECT FROM made_1, made_2');
    await expect(client.query('SELECT FROM wrong.t')).rejects.toThrow();
  });
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
