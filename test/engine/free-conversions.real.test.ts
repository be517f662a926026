import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE countries (code text PRIMARY KEY, id integer);
    CREATE FUNCTION its(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a';
    CREATE DOMAIN word AS text;`);
});
afterAll(() => db.close());

/** A session that has set all that decides how values are read and printed. */
const foreignSession = [
  'TimeZone=America/New_York',
  'DateStyle=SQL\\,DMY',
  'IntervalStyle=sql_standard',
  'extra_float_digits=-3',
  'bytea_output=escape',
  'xmlbinary=hex',
  'array_nulls=off',
  'quote_all_identifiers=on',
  'timezone_abbreviations=Australia',
  'default_text_search_config=pg_catalog.simple',
  'standard_conforming_strings=off',
  'escape_string_warning=off',
  'transform_null_equals=on',
  'search_path=pg_catalog',
]
  .map((setting) => `-c ${setting.replace('\\,', ',')}`)
  .join(' ');

let count = 0;
const migrated = async (up: string, type: string, key = 'integer') => {
  const table = `free_${(count += 1)}`;
  await db.sql
    .query(`CREATE TABLE ${table} (id ${key} PRIMARY KEY, a text, n integer, m numeric, f float8, d date,
      t timestamp, b bytea, w word)`);
  const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
    table: `public.${table}`,
    change: { kind: 'add-column', column: 'new_value', type, backfill: up },
  });
  return { table, migration };
};

/** Whether the function of the migration's triggers pins a setting. */
const pinned = ({ plan }: MigrationUnderTest, setting = 'TimeZone'): boolean =>
  JSON.stringify(plan.phases).includes(`SET \\"${setting}\\"`);

describe('an expression over numbers, texts and truth values', () => {
  test.each([
    ['m / 100.0', 'numeric'],
    ['(n + 1)::bigint', 'bigint'],
    ['n::text', 'text'],
    ['a::integer', 'integer'],
    ['lower(a)', 'text'],
    ['n::text || a', 'varchar(40)'],
    [String.raw`regexp_replace(a, '\D', '', 'g')`, 'text'],
    [`CASE WHEN a IN ('1', '2') THEN 'few' WHEN a = NULL THEN 'none' ELSE 'many' END`, 'text'],
    [`coalesce(nullif(a, ''), 'x')`, 'text'],
    ['greatest(n, m)', 'numeric'],
    ['md5(a)::uuid', 'uuid'],
    ['a IS NOT NULL AND n > 3', 'boolean'],
  ])('is computed under the settings of whoever writes, and gives the same: %s', async (up, type) => {
    const { table, migration } = await migrated(up, type);
    expect(pinned(migration)).toBe(false);
    await migration.apply('expand', 'dual-write');
    const writer = await db.connect({ options: foreignSession });
    await writer.query(`INSERT INTO public.${table} (id, a, n, m) VALUES (1, '12', 7, 12345.67)`);
    const { rows } = await db.sql.query(
      `SELECT new_value IS NOT DISTINCT FROM (${up})::${type} AS same, new_value IS NULL AS is_null FROM ${table}`,
    );
    expect(rows).toEqual([{ same: true, is_null: false }]);
    expect(await migration.mismatches()).toBe(0);
  });
});

test.each([
  ['a function of somebody else', 'its(a)', 'text'],
  ['a lookup', '(SELECT c.id FROM countries AS c WHERE c.code = a)', 'integer'],
  ['a date that is printed', 'd::text', 'text'],
  ['a text that is read as a date', 'a::date', 'date'],
  ['a literal that is read as a date', `CASE WHEN a = '' THEN '01/02/2026'::date END`, 'date'],
  ['a time zone by its abbreviation', `timezone('EST', t)`, 'timestamptz'],
  ['a number that is printed in short', 'f::text', 'text'],
  ['bytes', `encode(b, 'hex')`, 'text'],
  ['a quoted name', 'quote_ident(a)', 'text'],
  ['a pattern', `to_char(n, '9G999')`, 'text'],
  ['an array', `('{a,NULL}'::text[])[n]`, 'text'],
  ['a domain', 'w', 'word'],
  ['a search for words', `to_tsvector(a)::text`, 'text'],
  ['an XML value', 'xmlelement(name x, a)::text', 'text'],
])('an expression with %s is computed under the settings of the plan', async (_what, up, type) => {
  expect(pinned((await migrated(up, type)).migration)).toBe(true);
});

test.each([
  ['a::date', 'date', true],
  ['d::text', 'text', true],
  [`timezone('EST', t)`, 'timestamptz', true],
  ['its(a)', 'text', true],
  [`('{2026-01-02}'::date[])[n]::text`, 'text', true],
  [`(a::jsonb ->> 'at')`, 'text', true],
  ['(SELECT c.id FROM countries AS c WHERE c.code = a)', 'integer', true],
  [`to_char(n, '9G999')`, 'text', false],
  ['f::text', 'text', false],
  ['quote_ident(a)', 'text', false],
] as const)(
  'what abbreviations of time zones mean is pinned where a moment may be in %s',
  async (up, type, is) => {
    const { migration } = await migrated(up, type);
    expect([pinned(migration), pinned(migration, 'timezone_abbreviations')]).toEqual([true, is]);
  },
);

test('a key that is printed in many ways is written down under the settings of the plan', async () => {
  expect(pinned((await migrated('n + 1', 'integer', 'timestamptz')).migration)).toBe(true);
});
