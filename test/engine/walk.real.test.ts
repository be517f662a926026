import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { theBackfill } from '../../engine/ledger/walk-id.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { idOf, migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE COLLATION german (provider = icu, locale = 'de');
    CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE size AS ENUM ('small', 'large', 'huge');
    CREATE DOMAIN serial_number AS text CHECK (VALUE <> '')`);
});
afterAll(() => db.close());

/** A table keyed as `key` says, with the rows of `rows`, expanded and under dual write. */
async function walked(
  key: string,
  rows: string,
  primary = 'k',
): Promise<readonly [string, MigrationUnderTest]> {
  const table = `w${(count += 1)}`;
  await db.sql.query(`CREATE TABLE ${table} (${key}, a int, PRIMARY KEY (${primary}))`);
  await db.sql.query(`INSERT INTO ${table} ${rows}`);
  const migration = await migrationUnderTest(db.database, table, {
    table: `public.${table}`,
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  await migration.apply('expand', 'dual-write');
  return [table, migration];
}

const apart = async (table: string): Promise<number> =>
  (await db.sql.query(`SELECT FROM ${table} WHERE a IS DISTINCT FROM b`)).rows.length;
const size = async (table: string): Promise<number> =>
  Number((await db.sql.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

const n = 'generate_series(1, 700) AS n';
const keys = [
  { of: 'bigint', key: 'k bigint', rows: `SELECT n * 7 - 2000, n FROM ${n}` },
  {
    of: 'bigint at its ends',
    key: 'k bigint',
    rows: `VALUES (-9223372036854775808, 1), (0, 2), (9223372036854775807, 3)`,
  },
  { of: 'uuid', key: 'k uuid', rows: `SELECT gen_random_uuid(), n FROM ${n}` },
  {
    of: 'text, binary',
    key: 'k text COLLATE "C"',
    rows: `SELECT chr(64 + n % 60) || n || chr(200 + n), n FROM ${n}`,
  },
  {
    of: 'text, German',
    key: 'k text COLLATE german',
    rows: `SELECT (ARRAY['Ä','a','z','ß','É'])[1 + n % 5] || n, n FROM ${n}`,
  },
  {
    of: 'text without case',
    key: 'k text COLLATE no_case',
    rows: `SELECT (ARRAY['A','a','b','B'])[1 + n % 4] || n, n FROM ${n}`,
  },
  {
    of: 'text with quotes and emptiness',
    key: 'k text',
    rows: `VALUES ('', 1), ('''', 2), ('"\\', 3), (E'\\n', 4), ('null', 5), ('{}', 6)`,
  },
  { of: 'a domain', key: 'k serial_number', rows: `SELECT 'n' || n, n FROM ${n}` },
  { of: 'char(9)', key: 'k char(9)', rows: `SELECT 'n' || n, n FROM ${n}` },
  { of: 'an enum', key: 'k size', rows: `VALUES ('small'::size, 1), ('large', 2), ('huge', 3)` },
  {
    of: 'timestamptz',
    key: 'k timestamptz',
    rows: `SELECT timestamptz '2020-03-29 00:00:00.000001+01' + n * interval '1 hour 1 microsecond', n FROM ${n}`,
  },
  {
    of: 'timestamptz at its ends',
    key: 'k timestamptz',
    rows: `VALUES (timestamptz '-infinity', 1), ('0044-03-15 12:00 BC', 2), ('infinity', 3)`,
  },
  {
    of: 'numeric',
    key: 'k numeric',
    rows: `SELECT n / 7.0, n FROM ${n} UNION ALL VALUES ('NaN'::numeric, 1), ('-Infinity', 2)`,
  },
  {
    of: 'float8',
    key: 'k float8',
    rows: `SELECT n / 7.0::float8, n FROM ${n} UNION ALL VALUES ('NaN'::float8, 1)`,
  },
  { of: 'bytea', key: 'k bytea', rows: `SELECT int4send(n), n FROM ${n}` },
  { of: 'boolean', key: 'k boolean', rows: 'VALUES (true, 1), (false, 2)' },
  { of: '(int, text)', key: 'k int, l text', rows: `SELECT n % 7, 'x' || n, n FROM ${n}`, primary: 'k, l' },
  {
    of: '(text, uuid, date)',
    key: 'k text, l uuid, m date',
    rows: `SELECT 'x' || n % 3, gen_random_uuid(), current_date - n % 4, n FROM ${n}`,
    primary: 'k, l, m',
  },
];

describe.each(keys)('a table keyed by $of', ({ key, rows, primary }) => {
  test.each([1, 4])('is backfilled and checked once for each row, in %d shards', async (shards) => {
    const [table, migration] = await walked(key, rows, primary);
    const rowsThere = await size(table);
    await migration.cut('backfill', shards);
    for (const shard of await migration.cut('backfill', shards))
      while ((await step(migration, 'batch', { walk: 'backfill', shard, rows: 70 })).state === 'going');
    expect(await apart(table)).toBe(0);
    expect(await migration.ledger.walks.backfill(table)).toMatchObject({
      rows: rowsThere,
      changed: rowsThere,
    });
    await db.sql.query(
      `ALTER TABLE ${table} DISABLE TRIGGER ALL; UPDATE ${table} SET b = -1 WHERE a % 3 = 1`,
    );
    const broken = await apart(table);
    for (const shard of await migration.cut('verify', shards))
      while ((await step(migration, 'check', { walk: 'verify', shard, rows: 70 })).state === 'going');
    expect(await migration.ledger.walks.progress(migration.claim, idOf('verify'))).toMatchObject({
      rows: rowsThere,
      changed: broken,
    });
  });
});

describe('tables of every size', () => {
  test.each([0, 1, 2, 3, 5])('%d rows in four shards are each walked once', async (rows) => {
    const [table, migration] = await walked('k int', `SELECT n, n FROM generate_series(1, ${rows}) AS n`);
    expect(await migration.walk('batch', 'backfill', 4)).toMatchObject({ rows, changed: rows });
    expect(await migration.walk('check', 'verify', 4)).toMatchObject({ rows, changed: 0 });
    expect(await apart(table)).toBe(0);
  });

  test('rows of unequal width are cut into shards of about equal size', async () => {
    const [, migration] = await walked(
      'k int, wide text',
      `SELECT n, CASE WHEN n < 500 THEN repeat('x', 1500) END, n FROM generate_series(1, 20000) AS n`,
    );
    const shards = await migration.cut('verify', 8);
    const sizes: number[] = [];
    for (const shard of shards) {
      let rows = 0;
      for (let last = 'going'; last === 'going';) {
        const at = await step(migration, 'check', { walk: 'verify', shard, rows: 1000 });
        last = at.state;
        rows = at.rows ?? 0;
      }
      sizes.push(rows);
    }
    expect(sizes.reduce((sum, rows) => sum + rows, 0)).toBe(20_000);
    expect(sizes).toHaveLength(8);
    expect(Math.max(...sizes)).toBeLessThan(8000);
  });
});

describe('rows that come and go while the table is walked', () => {
  test('bounds that were deleted still bound, and rows in gaps are held equal by the dual write', async () => {
    const [table, migration] = await walked('k int', 'SELECT n * 10, n FROM generate_series(1, 400) AS n');
    const shards = await migration.cut('backfill', 4);
    for (const shard of shards) await step(migration, 'batch', { walk: 'backfill', shard, rows: 20 });
    const { rows: bounds } = await db.sql.query(
      `DELETE FROM ${table} USING underpin.checkpoint AS c WHERE c.migration = '${table}'
       AND k IN ((c.next ->> 0)::int, (c.upper ->> 0)::int) RETURNING k`,
    );
    expect(bounds.length).toBeGreaterThan(4);
    await db.sql.query(`INSERT INTO ${table} (k, a) SELECT n * 10 + 5, n FROM generate_series(-3, 405) AS n`);
    await db.sql.query(`INSERT INTO ${table} (k, b) SELECT n * 10 + 6, n FROM generate_series(-3, 405) AS n`);
    await migration.walk('batch', 'backfill', 4);
    expect(await apart(table)).toBe(0);
    expect(await migration.mismatches(3)).toBe(0);
  });

  test('a table emptied half way is done', async () => {
    const [table, migration] = await walked('k int', 'SELECT n, n FROM generate_series(1, 100) AS n');
    const [shard = 0] = await migration.cut('backfill', 1);
    expect(await step(migration, 'batch', { walk: 'backfill', shard, rows: 10 })).toMatchObject({
      state: 'going',
      rows: 10,
    });
    await db.sql.query(`TRUNCATE ${table}`);
    expect(await step(migration, 'batch', { walk: 'backfill', shard, rows: 10 })).toMatchObject({
      state: 'done',
      rows: 10,
    });
    expect(await step(migration, 'batch', { walk: 'backfill', shard, rows: 10 })).toMatchObject({
      state: 'done',
    });
  });

  test('a walk that was cut is not cut again, and its done shards stay done', async () => {
    const [, migration] = await walked('k int', 'SELECT n, n FROM generate_series(1, 100) AS n');
    const shards = await migration.cut('backfill', 3);
    while (
      (await step(migration, 'batch', { walk: 'backfill', shard: shards[0] ?? 0, rows: 10 })).state ===
      'going'
    );
    expect(await migration.cut('backfill', 7)).toEqual(shards);
    expect(
      (await migration.ledger.walks.shards(migration.claim, theBackfill)).map(({ done }) => done),
    ).toEqual([true, false, false]);
  });
});
