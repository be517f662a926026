import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** What decides how a session reads SQL, and what its literals mean. */
const foreignSession = [
  'standard_conforming_strings=off',
  'escape_string_warning=off',
  'transform_null_equals=on',
  'quote_all_identifiers=on',
  'array_nulls=off',
  'xmlbinary=hex',
  'timezone_abbreviations=Australia',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

describe('a session that reads SQL in its own way', () => {
  test.each([
    ['a backslash', String.raw`regexp_replace(a, '\D', '', 'g')`],
    ['a comparison with NULL', `CASE WHEN nullif(a, '030-12') = NULL THEN 'nothing' ELSE 'something' END`],
    ['a quoted name', `quote_ident('name' || length(a))`],
    ['an array', `coalesce(('{a,NULL}'::text[])[2], 'none') || a`],
    ['bytes in XML', 'xmlelement(name x, a::bytea)::text'],
    ['the name of a time zone', `extract(epoch FROM ('2026-01-02 10:00 EST')::timestamptz)::text || a`],
  ])('gives %s the same meaning as worker and verification', async (what, up) => {
    const table = what.replaceAll(' ', '_');
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a text, note text)`);
    const migration = await migrationUnderTest(db.database, what.replaceAll(' ', '-').toLowerCase(), {
      table: `public.${table.toLowerCase()}`,
      change: { kind: 'change-type', column: 'a', to: 'b', type: 'text', up, down: 'b' },
    });
    await migration.apply('expand', 'dual-write');
    const writer = await db.connect({ options: foreignSession });
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (1, '030-12')`);
    const { rows } = await db.sql.query(`SELECT b IS NOT DISTINCT FROM (${up})::text AS same FROM ${table}`);
    expect(rows).toEqual([{ same: true }]);
    expect(await migration.mismatches()).toBe(0);
  });

  test.each([
    ['rename-column', { kind: 'rename-column', from: 'a', to: 'b' }],
    [
      'change-type',
      { kind: 'change-type', column: 'a', to: 'b', type: 'varchar', up: 'a::varchar', down: 'b' },
    ],
  ])('loses no write where the default of %s holds a backslash', async (kind, change) => {
    const table = `default_of_${kind.slice(0, 6)}`;
    await db.sql.query(
      String.raw`CREATE TABLE ${table} (id int PRIMARY KEY, a text NOT NULL DEFAULT 'C:\new')`,
    );
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
    const writer = await db.connect({ options: foreignSession });
    await writer.query(`INSERT INTO ${table} (id, b) VALUES (1, 'told')`);
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (2, 'told')`);
    await writer.query(`INSERT INTO ${table} (id) VALUES (3)`);
    const { rows } = await db.sql.query({ text: `SELECT a, b FROM ${table} ORDER BY id`, rowMode: 'array' });
    const left = String.raw`C:\new`;
    expect(rows).toEqual([
      ['told', 'told'],
      ['told', 'told'],
      [left, left],
    ]);
    expect(await migration.mismatches()).toBe(0);
  });
});
