import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namingOf } from '../../../../../engine/dialects/postgres/naming/statement-naming.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { freshDatabase, type FreshDatabase } from '../../../../fresh-database.ts';
import { StatementWriter } from './random-statement.ts';
import { seededRandom } from '../../../../../rehearsal/traffic/random.ts';
import { usersEmail } from './old-column.ts';

let database: FreshDatabase;
let client: Client;
let parser: SqlParser;
beforeAll(async () => {
  database = await freshDatabase();
  parser = await sqlParser();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text, email_address text UNIQUE);
    CREATE TABLE customers (id int PRIMARY KEY, user_id int, email text);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int, buyer text)`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Whether PostgreSQL itself finds the column in a statement; undefined where it can make no sense of it. */
async function dependsOnIt(sql: string): Promise<boolean | undefined> {
  try {
    // The body of such a function is kept parsed, and what it needs is noted column by column.
    await client.query(`CREATE OR REPLACE FUNCTION it() RETURNS void LANGUAGE sql BEGIN ATOMIC ${sql}; END`);
  } catch {
    return undefined;
  }
  const { rows } = await client.query(`SELECT FROM pg_depend
    WHERE objid = 'it'::regproc AND refobjid = 'users'::regclass
      AND refobjsubid = (SELECT attnum FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'email')`);
  return rows.length > 0;
}

test('a statement names the column exactly when PostgreSQL says that it depends on it', async () => {
  const seen = { naming: 0, not: 0, doubtful: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
      const sql = new StatementWriter(seededRandom(seed)).statement();
      const depends = await dependsOnIt(sql);
      fc.pre(depends !== undefined);
      const { reads, writes, doubtful } = namingOf(parser.sql(sql), usersEmail);
      seen[doubtful ? 'doubtful' : depends ? 'naming' : 'not'] += 1;
      if (doubtful) expect(reads || writes, sql).toBe(true);
      else expect(reads || writes, sql).toBe(depends);
    }),
    { numRuns: 600 },
  );
  expect(seen.naming).toBeGreaterThan(50);
  expect(seen.not).toBeGreaterThan(50);
  expect(seen.doubtful).toBeLessThan(seen.naming);
});
