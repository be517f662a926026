import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boundTo, catalogNeeds } from '../../engine/dialects/postgres/usage/catalog-needs.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

// While a migration works, the old column of a NOT NULL domain has a default of ours that gives NULL.

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE DOMAIN needed_t AS text NOT NULL');
});
afterAll(() => db.close());

const table = 'public.needed';
const retype = { kind: 'change-type', column: 'email', type: 'text' };
beforeEach(() =>
  db.sql.query(`DROP TABLE IF EXISTS needed_copy; DROP TABLE IF EXISTS needed;
    CREATE TABLE needed (id int PRIMARY KEY, email needed_t, note text);
    INSERT INTO needed (id, email) VALUES (1, '1@x'), (2, '2@x')`),
);

const saysDefault = [
  'UPDATE needed SET email = DEFAULT WHERE id = 1',
  `UPDATE needed SET email = DEFAULT, note = 'x'`,
  `INSERT INTO needed (id, email) VALUES (1, 'x@x') ON CONFLICT (id) DO UPDATE SET email = DEFAULT`,
];
const answers = async (): Promise<readonly string[]> => {
  const codes: string[] = [];
  for (const statement of saysDefault) codes.push(await sqlState(db.sql.query(statement)));
  return codes;
};

test.each([
  ['here', { ...retype, up: 'email::text', down: 'email::needed_t' }],
  ['to', { ...retype, to: 'address', up: 'email::text', down: 'address::needed_t' }],
])('an UPDATE that says DEFAULT is refused in every phase as it was before: %s', async (name, change) => {
  const before = await answers();
  expect(before).toEqual(['23502', '23502', '23502']);
  const migration = await migrationUnderTest(db.database, `needed-default-${name}`, { table, change });
  await migration.apply('expand', 'dual-write');
  expect(await answers()).toEqual(before);
  await migration.backfill();
  await migration.apply('backfill', 'verify');
  if (name === 'here') {
    await migration.apply('swap');
    expect(await answers()).not.toContain('no error');
    await migration.undo('swap');
  } else await migration.apply('read-switch');
  expect(await answers()).toEqual(before);
  const { rows } = await db.sql.query('SELECT email FROM needed ORDER BY id');
  expect(rows).toEqual([{ email: '1@x' }, { email: '2@x' }]);
  await db.sql.query(`UPDATE needed SET note = 'kept', email = '3@x' WHERE id = 1`);
  expect(await migration.mismatches()).toBe(0);
});

describe('where another table was made LIKE it meanwhile', () => {
  const taken = 'default value for column email of table needed_copy';
  const start = async (name: string) => {
    const migration = await migrationUnderTest(db.database, name, {
      table,
      change: { ...retype, to: 'address', up: 'email::text', down: 'address::needed_t' },
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query('CREATE TABLE needed_copy (LIKE needed INCLUDING DEFAULTS)');
    return migration;
  };
  const needs = async (column: string) => {
    const place = { database: db.database, table: { schema: 'public', name: 'needed' }, column };
    const { dependents } = await catalogNeeds([place], await sqlParser());
    // It hangs on no column: nothing keeps the old one from being renamed or dropped.
    expect((await boundTo([place])).join('\n')).not.toContain(taken);
    return dependents;
  };
  const functions = async (migration: string) =>
    (await db.sql.query('SELECT FROM pg_proc WHERE proname = $1', [`${migration}_absent`])).rowCount;

  test('the way back is free', async () => {
    const migration = await start('needed-like-back');
    await migration.undo('dual-write', 'expand');
    expect(await sqlState(db.sql.query(`INSERT INTO needed (id) VALUES (9)`))).toBe('23502');
    expect(await functions('needed-like-back')).toBe(1);
  });

  test('the contract gate names its default, and the contract ends all the same', async () => {
    const migration = await start('needed-like-on');
    await migration.backfill();
    await migration.apply('backfill', 'verify', 'read-switch', 'quarantine');
    const { rows } = await db.sql.query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'needed' AND column_name LIKE '%email'`,
    );
    expect(await needs(rows[0].name)).toEqual([expect.stringContaining(taken)]);
    await migration.apply('contract');
    await db.sql.query(`INSERT INTO needed (id, address) VALUES (7, '7@x')`);
  });

  test('once that default is dropped nothing is named, and nothing of ours is left', async () => {
    const migration = await start('needed-like-gone');
    expect(await needs('email')).toEqual([expect.stringContaining(taken)]);
    await db.sql.query('ALTER TABLE needed_copy ALTER COLUMN email DROP DEFAULT');
    expect(await needs('email')).toEqual([]);
    await migration.undo('dual-write', 'expand');
    expect(await functions('needed-like-gone')).toBe(0);
  });
});
