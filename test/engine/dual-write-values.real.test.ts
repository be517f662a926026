import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE DOMAIN short AS varchar(19);
    CREATE TYPE pair AS (a int, b text)`);
});
afterAll(() => db.close());

/** Values that `=` may call equal although a reader sees the difference, or that have no `=` at all. */
const types = [
  { type: 'json', values: [`'{"a": 1}'`, `'{"a":1}'`] },
  { type: 'jsonb', values: [`'{"a": 1.0}'`, `'{"a": 1.00}'`] },
  { type: 'xml', values: [`'<a/>'`, `'<a></a>'`] },
  { type: 'text COLLATE no_case', values: [`'Ann'`, `'ANN'`] },
  { type: 'text COLLATE "C"', values: [`'Ann'`, `'ANN'`] },
  { type: 'numeric', values: ['1.0', '1.00'] },
  { type: 'numeric(10,3)', values: ['1.5', '2.5'] },
  { type: 'float8', values: [`'-0'`, `'0'`, `'NaN'`, `'Infinity'`] },
  { type: 'char(5)', values: [`'a'`, `'b '`] },
  { type: 'varchar(5)', values: [`'a'`, `'a '`] },
  { type: 'mood', values: [`'glad'`, `'sad'`] },
  { type: 'short', values: [`'a'`, `'b'`] },
  { type: 'pair', values: [`ROW(1, 'a')`, `ROW(1, NULL)`] },
  { type: 'int[]', values: [`'{1,2}'`, `'{{1,2}}'`, `'[0:1]={1,2}'`] },
  { type: 'bytea', values: [`'\\x00'`, `'\\x'`] },
  { type: 'numeric(14,4)', values: ['1.5', '1.50005', `'NaN'`, '-0.00001'] },
  { type: 'interval', values: [`'24 hours'`, `'1 day'`] },
  { type: 'timetz', values: [`'12:00+00'`, `'13:00+01'`] },
  { type: 'inet', values: [`'10.0.0.1'`, `'10.0.0.1/24'`] },
  { type: 'int4range', values: [`'[1,3)'`, `'empty'`] },
  { type: 'tsvector', values: [`'a:1'`, `'a:2'`] },
];

describe.each(types)('a column of type $type', ({ type, values }) => {
  test('follows every write to the last bit, is backfilled and verified', async () => {
    const table = `v_${types.findIndex((each) => each.type === type)}`;
    const [first = '', ...others] = values;
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a ${type})`);
    await db.sql.query(`INSERT INTO ${table} VALUES (1, ${first}), (2, ${first}), (3, NULL)`);
    const change = { kind: 'rename-column', from: 'a', to: 'b' };
    const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
      table: `public.${table}`,
      change,
    });
    const different = async (): Promise<number> =>
      (await db.sql.query(`SELECT FROM ${table} WHERE record_image_ne(ROW(a), ROW(b))`)).rows.length;
    await migration.apply('expand', 'dual-write');
    for (const [at, value] of [...others, first].entries()) {
      await db.sql.query(`UPDATE ${table} SET a = ${value} WHERE id = 1`);
      await db.sql.query(`INSERT INTO ${table} (id, b) VALUES (${10 + at}, ${first})`);
      await db.sql.query(`UPDATE ${table} SET b = ${value} WHERE id = ${10 + at}`);
      expect(await different()).toBe(1);
    }
    await migration.backfill();
    expect(await different()).toBe(0);
    expect(await migration.mismatches()).toBe(0);
    await migration.undo('dual-write');
    await db.sql.query(`UPDATE ${table} SET a = ${others[0] ?? first} WHERE id = 2`);
    expect(await migration.mismatches()).toBe(await different());
    expect(await different()).toBe(1);
  });
});

const bytes63 = 'é'.repeat(31) + 'x';
const names = [
  { schema: 'public', table: 'order', from: 'select', to: 'from' },
  { schema: 'Mixed', table: 'CaseTable', from: 'OldName', to: 'NewName' },
  { schema: 'with space', table: 'a table', from: 'old value', to: 'new value' },
  { schema: 'ünï', table: 'tåble', from: 'wért', to: '値' },
  { schema: 'quo"te', table: `it's`, from: `o'"ld`, to: `n"'ew` },
  { schema: 'back\\slash', table: 'dollar$$unit$', from: 'a:b', to: ':name' },
  { schema: 'percent', table: '%I %s', from: '100%', to: '--' },
  { schema: bytes63, table: bytes63, from: bytes63, to: `${'n'.repeat(62)}w` },
  { schema: 'public', table: 'new', from: 'old', to: 'new' },
];

const q = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe.each(names)('the names $table and $from', ({ schema, table, from, to }) => {
  const full = `${q(schema)}.${q(table)}`;
  const name = `n-${names.findIndex((each) => each.table === table)}`;

  test('go through every phase and back', async () => {
    await db.sql.query(`CREATE SCHEMA IF NOT EXISTS ${q(schema)}`);
    await db.sql.query(
      `CREATE TABLE ${full} ("the Key" int PRIMARY KEY, ${q(from)} text NOT NULL UNIQUE CHECK (${q(from)} <> ''))`,
    );
    await db.sql.query(`INSERT INTO ${full} VALUES (1, 'a')`);
    const migration = await migrationUnderTest(db.database, name, {
      table: `${q(schema)}.${q(table)}`,
      change: { kind: 'rename-column', from, to },
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${full} ("the Key", ${q(to)}) VALUES (2, 'b')`);
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'read-switch', 'quarantine');
    await migration.undo('quarantine', 'read-switch', 'verify');
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
    const { rows } = await db.sql.query({
      text: `SELECT ${q(to)} FROM ${full} ORDER BY 1`,
      rowMode: 'array',
    });
    expect(rows).toEqual([['a'], ['b']]);
  });

  test('go through a conversion', async () => {
    const other = `${q(schema)}.${q(`2${table}`.slice(0, 20))}`;
    await db.sql.query(`CREATE TABLE ${other} ("the Key" int PRIMARY KEY, ${q(from)} int DEFAULT 1)`);
    const migration = await migrationUnderTest(db.database, `${name}-typed`, {
      table: other,
      change: {
        kind: 'change-type',
        column: from,
        to,
        type: 'numeric',
        up: `${q(from)} / 2.0`,
        down: `${q(to)} * 2`,
      },
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${other} ("the Key", ${q(from)}) VALUES (1, 3)`);
    await db.sql.query(`INSERT INTO ${other} ("the Key", ${q(to)}) VALUES (2, 1.5)`);
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    const { rows } = await db.sql.query({
      text: `SELECT ${q(from)}, ${q(to)}::float8 FROM ${other}`,
      rowMode: 'array',
    });
    expect(rows).toEqual([
      [3, 1.5],
      [3, 1.5],
    ]);
  });
});
