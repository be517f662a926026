import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWidened } from '../../../../../engine/dialects/postgres/ddl/widened-type.ts';
import { freshDatabase, type FreshDatabase } from '../../../../fresh-database.ts';

/** Types that PostgreSQL may take for each other; all pairs of a line are tried. */
const akin = [
  ['varchar', 'character varying(3)', 'varchar(5)', 'text', 'char(3)'],
  ['varbit', 'bit varying(3)', 'varbit(5)', 'bit(3)'],
  ['numeric', 'numeric(10)', 'numeric(10, 2)', 'decimal(12,2)', 'numeric(12,3)', 'bigint', 'integer'],
  ['time', 'time(0)', 'time(3) without time zone', 'timetz', 'time(3) with time zone'],
  ['timestamp', 'timestamp(0)', 'timestamp(3)', 'timestamp with time zone', 'timestamptz(3)'],
  ['cidr', 'inet'],
  ['interval', 'interval(3)'],
];
const pairs = akin.flatMap((types) => types.flatMap((from) => types.map((to) => [from, to] as const)));

let database: FreshDatabase;
let client: Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Whether PostgreSQL leaves the files of the table and of its index as they are; null where it has no such cast. */
async function leavesFiles(from: string, to: string): Promise<boolean | null> {
  const files = `SELECT array_agg(relfilenode ORDER BY relname) AS files FROM pg_class WHERE relname IN ('t', 'i')`;
  await client.query(`BEGIN; CREATE TABLE t (a ${from}); CREATE INDEX i ON t (a)`);
  try {
    const before = await client.query<{ files: number[] }>(files);
    await client.query(`ALTER TABLE t ALTER a TYPE ${to}`);
    const after = await client.query<{ files: number[] }>(files);
    return JSON.stringify(after.rows) === JSON.stringify(before.rows);
  } catch {
    return null;
  } finally {
    await client.query('ROLLBACK');
  }
}

test('what is said to change the catalog alone leaves every file as it is', async () => {
  const wrong: string[] = [];
  const widened = pairs.filter(([from, to]) => isWidened(from, to));
  for (const [from, to] of widened)
    if ((await leavesFiles(from, to)) !== true) wrong.push(`${from} to ${to}`);
  expect(wrong).toEqual([]);
  expect(widened.length).toBeGreaterThan(30);
});

test('what is said to rewrite the table does, but for what is named here', async () => {
  const left: string[] = [];
  for (const [from, to] of pairs)
    if (from !== to && !isWidened(from, to) && (await leavesFiles(from, to)) === true)
      left.push(`${from} to ${to}`);
  expect(left).toEqual(['interval(3) to interval']);
});
