import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

// A conversion that raises the state that it is given, and fails an assertion where it is P0004, as ASSERT would.
const raising = `
  CREATE FUNCTION number_of(code text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
  BEGIN
    IF code ~ '^[0-9]+$' AND length(code) < 5 THEN RETURN code::integer; END IF;
    IF code = 'P0004' THEN ASSERT false, 'not a code'; END IF;
    RAISE EXCEPTION 'not a code' USING ERRCODE = code;
  END $$`;
const change = {
  kind: 'change-type',
  column: 'code',
  to: 'number',
  type: 'integer',
  up: 'number_of(code)',
  down: 'number::text',
};

/** What a function may say of the value that it was given. */
const aboutRow = (
  '22P02 22P05 23514 20000 21000 0A000 39000 42883 42501 42P01 54000 54001 ' +
  '55000 P0001 P0002 P0003 P0004 XX000 AB001 99001 U0001'
).split(' ');
/** Of these, what PostgreSQL does not have: it may be made of a row's value, and stays where the row is. */
const userDefined = ['AB001', '99001', 'U0001'];
/** What is wrong with the session, the transaction or the server, whoever asks. */
const passing = '08006 25006 40001 40P01 53100 53200 55P03 57014 57P01 58030 XX001'.split(' ');

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(raising);
});
afterAll(() => db.close());

async function underDualWrite(table: string, codes: readonly string[]) {
  await db.sql.query(`CREATE TABLE ${table} (id serial PRIMARY KEY, code text)`);
  for (const code of codes) await db.sql.query(`INSERT INTO ${table} (code) VALUES ($1)`, [code]);
  const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
    table: `public.${table}`,
    change,
    backfill: { stubbornRows: 1000 },
  });
  await migration.apply('expand', 'dual-write');
  return migration;
}
const rowsOf = async (table: string, where = 'true') =>
  (
    await db.sql.query({
      text: `SELECT code, number FROM ${table} WHERE ${where} ORDER BY id`,
      rowMode: 'array',
    })
  ).rows;

describe.each(['old', 'new'])('while the %s side wins, a conversion that raises', (authority) => {
  const table = `raised_by_${authority}`;
  beforeAll(async () => {
    const migration = await underDualWrite(table, ['1']);
    if (authority === 'new') await migration.apply('read-switch');
  });

  test.each(aboutRow)('%s never fails the old application', async (state) => {
    const inserted = await db.sql.query(`INSERT INTO ${table} (code) VALUES ($1) RETURNING code, number`, [
      state,
    ]);
    expect(inserted.rows).toEqual([{ code: state, number: null }]);
    const updated = await db.sql.query(`UPDATE ${table} SET code = $1 WHERE id = 1 RETURNING code, number`, [
      state,
    ]);
    expect(updated.rows).toEqual([{ code: state, number: null }]);
    await db.sql.query(`UPDATE ${table} SET id = -id WHERE code = $1`, [state]);
    await db.sql.query(`DELETE FROM ${table} WHERE id < 0; INSERT INTO ${table} (id, code) VALUES (1, '1')`);
    expect(await rowsOf(table)).toEqual([['1', 1]]);
  });

  test.each(passing)('%s fails it, for it is not about the row', async (state) => {
    expect(await sqlState(db.sql.query(`INSERT INTO ${table} (code) VALUES ($1)`, [state]))).toBe(state);
    expect(await sqlState(db.sql.query(`UPDATE ${table} SET code = $1`, [state]))).toBe(state);
    expect(await rowsOf(table)).toEqual([['1', 1]]);
  });
});

test('a backfill sets aside every row whose conversion raises, whatever it raises, and copies all others', async () => {
  const migration = await underDualWrite('set_aside', ['1', ...aboutRow, '2']);
  await migration.backfill();
  expect(await rowsOf('set_aside')).toEqual([['1', 1], ...aboutRow.map((state) => [state, null]), ['2', 2]]);
  const stubborn = await migration.ledger.walks.stubbornRows('set-aside');
  const shown = aboutRow.map((state) => (userDefined.includes(state) ? 'user-defined' : state));
  expect(stubborn.map(({ sqlstate }) => sqlstate).toSorted()).toEqual(shown.toSorted());
  expect(await migration.mismatches()).toBe(aboutRow.length);
});

test.each(passing)('a backfill that meets %s blames no row', async (state) => {
  const table = `met_${state.toLowerCase()}`;
  const migration = await underDualWrite(table, ['1', state]);
  await expect(migration.walk('batch', 'backfill', 1)).rejects.not.toMatchObject({
    name: 'VerificationFailed',
  });
  expect(await migration.ledger.walks.stubbornRows(table.replaceAll('_', '-'))).toEqual([]);
});

test('a backfill that cannot read the table blames no row', async () => {
  const migration = await underDualWrite('renamed_away', ['1', '2']);
  await migration.cut('backfill', 1);
  await db.sql.query('ALTER TABLE renamed_away RENAME TO elsewhere');
  await expect(migration.walk('batch', 'backfill', 1)).rejects.toMatchObject({ sqlState: '42P01' });
  expect(await migration.ledger.walks.stubbornRows('renamed-away')).toEqual([]);
});
