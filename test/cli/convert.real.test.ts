import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';

const schema = `
  CREATE TABLE orgs (id int PRIMARY KEY);
  CREATE TABLE "User" (id int PRIMARY KEY, email text, age int, country text, org int, bio text);
  INSERT INTO orgs VALUES (1);
  INSERT INTO "User" SELECT n, 'e' || n, n, 'x', 1, 'b' FROM generate_series(1, 500) AS n;
  CREATE INDEX user_country ON "User" (country);
  ANALYZE;`;

let db: DatabaseUnderTest;
let folder: string;
beforeAll(async () => {
  db = await databaseUnderTest(schema);
  folder = mkdtempSync(join(tmpdir(), 'underpin-convert-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.close();
});

/** Of this session, counted or about to be. */
async function scansOf(): Promise<number> {
  const { rows } = await db.sql.query<{ scans: number }>(
    `SELECT seq_scan::int AS scans FROM pg_stat_xact_user_tables WHERE relid = '"User"'::regclass`,
  );
  return rows[0]?.scans ?? 0;
}

/** What a statement did, as the database tells it; undone again. */
async function seen(statement: string) {
  const { sql } = db;
  const node = `SELECT relfilenode AS node FROM pg_class WHERE oid = '"User"'::regclass`;
  await sql.query('BEGIN');
  try {
    const before = await sql.query<{ node: number }>(node);
    const scansBefore = await scansOf();
    await sql.query(statement);
    const after = await sql.query<{ node: number }>(node);
    const { rows } = await sql.query<{ locks: string[] }>(
      `SELECT ARRAY(SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = '"User"'::regclass) AS locks`,
    );
    const scans = (await scansOf()) - scansBefore;
    const rewrites = before.rows[0]?.node !== after.rows[0]?.node;
    return {
      work: rewrites ? 'rewrite' : scans > 0 ? 'scan' : 'none',
      locks: (rows[0]?.locks ?? []).map((mode) =>
        mode
          .replace(/Lock$/u, '')
          .replaceAll(/(?<=[a-z])(?=[A-Z])/gu, ' ')
          .toUpperCase(),
      ),
    };
  } finally {
    await sql.query('ROLLBACK');
  }
}

const statements = [
  'ALTER TABLE "User" ADD COLUMN a int',
  'ALTER TABLE "User" ADD COLUMN a text NOT NULL DEFAULT \'x\'',
  'ALTER TABLE "User" ADD COLUMN a uuid DEFAULT gen_random_uuid()',
  'ALTER TABLE "User" ADD COLUMN a timestamptz DEFAULT now()',
  'ALTER TABLE "User" ADD COLUMN a int REFERENCES orgs',
  'ALTER TABLE "User" ADD COLUMN a int DEFAULT 1 REFERENCES orgs',
  'ALTER TABLE "User" ADD COLUMN a int CHECK (a > 0)',
  'ALTER TABLE "User" ADD COLUMN a int UNIQUE',
  'ALTER TABLE "User" ADD COLUMN a serial',
  'ALTER TABLE "User" ADD COLUMN a int GENERATED ALWAYS AS IDENTITY',
  'ALTER TABLE "User" ADD COLUMN a int GENERATED ALWAYS AS (age + 1) STORED',
  'ALTER TABLE "User" ADD COLUMN a int GENERATED ALWAYS AS (age + 1) VIRTUAL',
  'ALTER TABLE "User" ALTER COLUMN country SET NOT NULL',
  'ALTER TABLE "User" ALTER COLUMN country DROP NOT NULL',
  'ALTER TABLE "User" ALTER COLUMN age TYPE bigint',
  'ALTER TABLE "User" ADD CONSTRAINT k CHECK (age > 0)',
  'ALTER TABLE "User" ADD CONSTRAINT k CHECK (age > 0) NOT VALID',
  'ALTER TABLE "User" ADD CONSTRAINT k FOREIGN KEY (org) REFERENCES orgs (id)',
  'ALTER TABLE "User" ADD CONSTRAINT k FOREIGN KEY (org) REFERENCES orgs (id) NOT VALID',
  'ALTER TABLE "User" ADD CONSTRAINT k UNIQUE (email)',
  'ALTER TABLE "User" RENAME COLUMN email TO address',
  'ALTER TABLE "User" DROP COLUMN bio',
  'CREATE INDEX i ON "User" (email)',
  'CREATE TABLE made (id int REFERENCES "User" (id))',
  'DROP INDEX user_country',
];

test.each(statements)('what it says of %s is what the database does', async (statement) => {
  const [judged] = dialectOf('postgres').authored.judge(
    [{ file: 'x.sql', text: statement }],
    await sqlParser(),
  );
  const { work, locks } = await seen(statement);
  expect(judged?.work, 'what it does with all rows').toBe(work);
  expect(['none', ...locks], 'the lock').toContain(judged?.lock);
  // What it calls safe keeps nobody out for long.
  if (judged?.verdict === 'safe') expect(work).toBe('none');
});

test('the migrations that it writes are planned on the database without a refusal', async () => {
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  const ddl = join(folder, 'ddl.sql');
  writeFileSync(
    ddl,
    `ALTER TABLE "User" RENAME COLUMN email TO "emailAddress";
     ALTER TABLE "User" ALTER COLUMN age TYPE bigint;
     ALTER TABLE "User" ALTER COLUMN country SET NOT NULL;
     ALTER TABLE "User" ADD CONSTRAINT adult CHECK (age > 0);
     ALTER TABLE "User" ADD CONSTRAINT member FOREIGN KEY (org) REFERENCES orgs (id) ON DELETE CASCADE;
     ALTER TABLE "User" ADD UNIQUE (email, country);
     ALTER TABLE "User" ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
     CREATE INDEX "User_bio" ON "User" (lower(bio)) WHERE age > 3;
     ALTER TABLE "User" DROP COLUMN bio;`,
  );
  const lines: string[] = [];
  const screen = {
    line: (text: string) => void lines.push(text),
    note: (text: string) => void lines.push(text),
    styled: (_: unknown, text: string) => text,
    interactive: false,
    columns: 80,
  };
  // Read first, it tells the types that the columns had.
  const made = join(folder, 'made.sql');
  writeFileSync(made, schema);
  expect(await run(['convert', made, ddl, '--out', migrations], screen)).toBe(1);
  lines.length = 0;
  await run(['plan', migrations, '--database-url', db.url, '--format', 'json'], screen);
  const { plans } = z
    .object({ plans: z.array(z.object({ migration: z.string(), outcome: z.string(), message: z.string() })) })
    .parse(JSON.parse(lines.join('\n')));
  expect(plans).toHaveLength(9);
  // Nobody has written the checklist; nothing else stands against them.
  expect(plans.map(({ migration, outcome, message }) => [migration, outcome, message])).toEqual(
    plans.map(({ migration }) => [migration, 'open', '']),
  );
});
