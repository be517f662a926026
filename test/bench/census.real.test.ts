import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Client } from 'pg';
import { freshDatabase, type FreshDatabase } from '../fresh-database.ts';

const run = promisify(execFile);

let fresh: FreshDatabase;
let sql: Client;
beforeAll(async () => {
  fresh = await freshDatabase();
  sql = new Client({ connectionString: fresh.url });
  await sql.connect();
  await sql.query(`
    CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, made timestamptz DEFAULT now(),
                        whole text GENERATED ALWAYS AS (email || '!') STORED, host bigint REFERENCES users);
    CREATE TABLE "Odd Name" ("Id" bigint PRIMARY KEY);
    CREATE VIEW names AS SELECT name FROM users;
    INSERT INTO users (id, email) VALUES (1, 'ada@example.com');
    CREATE TABLE parts (id bigint PRIMARY KEY, "of" text) PARTITION BY HASH (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0)`);
});
afterAll(async () => {
  await sql.end();
  await fresh.drop();
});

test('every column of every table is asked, refusals are counted by reason, and nothing stays', async () => {
  const catalog = `SELECT count(*)::integer AS classes,
    (SELECT count(*)::integer FROM pg_namespace WHERE nspname = 'underpin') AS ledgers FROM pg_class`;
  const before = await sql.query(catalog);
  const { stdout } = await run(process.execPath, [
    inject('commands').benchCensus,
    '--database-url',
    fresh.url,
  ]);
  expect(stdout).toMatchInlineSnapshot(`
    "3 tables, 9 columns

    rename-column                7 of 9 accepted, 77.8 %
                                 1  … belongs to the key that … is partitioned by
                                 1  … is generated from other columns, so nobody can write it

    rename-column by alias       9 of 9 accepted, 100.0 %

    change-type with to          6 of 9 accepted, 66.7 %, 77.8 % with what no database would take
                                 1  … belongs to the key that … is partitioned by
                                 1  … is generated from other columns, so nobody can write it
                                 1  … cannot be numeric under its foreign key

    change-type in place         5 of 9 accepted, 55.6 %, 66.7 % with what no database would take
                                 1  … belongs to the key that … is partitioned by
                                 1  default value for column whole of table … names … in a way that the exchange of names does not reach
                                 1  … is generated from other columns, so nobody can write it
                                 1  … cannot be numeric under its foreign key

    add-column                   3 of 3 accepted, 100.0 %

    drop-column                  3 of 9 accepted, 33.3 %
                                 2  … belongs to the primary key, which would go with it
                                 2  … is partitioned
                                 1  default value for column whole of table … uses …
                                 1  a rule uses the column

    set-not-null                 2 of 5 accepted, 40.0 %
                                 2  rows break it
                                 1  … is partitioned
    "
  `);
  expect(before.rows).toEqual((await sql.query(catalog)).rows);
  expect(before.rows).toMatchObject([{ ledgers: 0 }]);
  expect(stdout).not.toContain('ada@');
});

test('without an address it says how it is called', async () => {
  const call = run(process.execPath, ['--import', 'tsx', 'bench/census.ts']);
  await expect(call).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--database-url URL'),
  });
});
