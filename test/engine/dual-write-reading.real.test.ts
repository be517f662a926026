import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(String.raw`
    CREATE FUNCTION its_quoted(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN a || E'\''; END$$`);
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
  'backslash_quote=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

describe('a session that reads SQL in its own way', () => {
  test.each([
    ['a backslash', String.raw`regexp_replace(a, '\D', '', 'g')`],
    ['a quote behind a backslash', String.raw`replace(a, '-', E'\'')`],
    ['a function that holds such a quote', 'its_quoted(a)'],
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

/** Encodings that a client alone may have: a character's second byte may be a backslash, and a quote behind one is refused. */
describe.each([
  { encoding: 'SJIS', character: '表', bytes: [0x95, 0x5c] },
  { encoding: 'SHIFT_JIS_2004', character: '表', bytes: [0x95, 0x5c] },
  { encoding: 'BIG5', character: '功', bytes: [0xa5, 0x5c] },
  { encoding: 'GBK', character: '誠', bytes: [0xd5, 0x5c] },
  { encoding: 'GB18030', character: '誠', bytes: [0xd5, 0x5c] },
  { encoding: 'UHC', character: '한', bytes: [0xc7, 0xd1] },
])('a session in $encoding', ({ encoding, character, bytes }) => {
  test.each([
    ['of texts alone', String.raw`replace(a, 'x', E'\'') || E'\\\''`, String.raw`replace(b, E'\'', 'x')`],
    ['by functions', 'its_quoted(a)', 'its_quoted(b)'],
  ])('loses and falsifies nothing under a conversion %s', async (what, up, down) => {
    const table = `in_${encoding}_${what.slice(0, 2)}`.toLowerCase();
    await db.sql.query(
      String.raw`CREATE TABLE ${table} (id int PRIMARY KEY, a text NOT NULL DEFAULT E'it\'s \\', note text)`,
    );
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change: {
        kind: 'change-type',
        column: 'a',
        to: 'b',
        type: 'text',
        up,
        down,
        default: String.raw`E'it\'s'`,
      },
    });
    await migration.apply('expand', 'dual-write');
    const writer = await db.connect();
    await writer.query(`SET client_encoding = '${encoding}'`);
    // The driver speaks UTF-8: only what is bound as bytes comes in the client's own encoding.
    const written = Buffer.from(bytes);
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (1, $1)`, [written]);
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (2, 'x')`);
    await writer.query(`UPDATE ${table} SET a = $1 WHERE id = 2`, [written]);
    await writer.query(`INSERT INTO ${table} (id, b) VALUES (3, $1)`, [written]);
    await writer.query(`INSERT INTO ${table} (id) VALUES (4)`);
    const { rows } = await db.sql.query(
      `SELECT bool_and(a = $1) FILTER (WHERE id < 3) AS old, bool_and(b IS NOT DISTINCT FROM (${up})) FILTER (WHERE id < 3) AS converted,
              bool_and(b = $1 AND a IS NOT DISTINCT FROM (${down})) FILTER (WHERE id = 3) AS new FROM ${table}`,
      [character],
    );
    expect(rows).toEqual([{ old: true, converted: true, new: true }]);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('read-switch');
    await writer.query(`UPDATE ${table} SET a = $1::text || 'y' WHERE id = 1`, [written]);
    await writer.query(`INSERT INTO ${table} (id, b) VALUES (5, $1)`, [written]);
    await writer.query(`INSERT INTO ${table} (id) VALUES (6)`);
    expect((await db.sql.query(`SELECT count(*)::int FROM ${table}`)).rows).toEqual([{ count: 6 }]);
    expect(await migration.mismatches()).toBe(0);
  });
});
