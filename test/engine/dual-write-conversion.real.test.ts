import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { codeToNumber } from './sample-changes.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const rowsOf = async (table: string) =>
  (await db.sql.query({ text: `SELECT * FROM ${table} ORDER BY id`, rowMode: 'array' })).rows;

describe('a lossy conversion', () => {
  const table = 'amounts';
  let migration: MigrationUnderTest;
  beforeAll(async () => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, cents integer, note text)`);
    migration = await migrationUnderTest(db.database, 'amounts', {
      table: `public.${table}`,
      change: {
        kind: 'change-type',
        column: 'cents',
        to: 'units',
        type: 'numeric(14,4)',
        up: 'cents / 100.0',
        down: 'round(units * 100)::integer',
      },
    });
    await migration.apply('expand', 'dual-write');
  });

  test('the new side keeps what the old one cannot hold, through every update that does not write the value', async () => {
    await db.sql.query(`INSERT INTO ${table} (id, units) VALUES (1, 1.2345)`);
    await db.sql.query(`UPDATE ${table} SET note = 'x' WHERE id = 1`);
    await db.sql.query(
      `UPDATE ${table} SET cents = 123, note = 'an old application writes back what it read' WHERE id = 1`,
    );
    await migration.backfill();
    expect(await rowsOf(table)).toMatchObject([[1, 123, expect.any(String), '1.2345']]);
    expect(await migration.mismatches()).toBe(0);
  });

  test('a writer of both sides whose values agree one way keeps both', async () => {
    await db.sql.query(`INSERT INTO ${table} (id, cents, units) VALUES (2, 123, 1.2345)`);
    await db.sql.query(`UPDATE ${table} SET cents = 200, units = 2.0011 WHERE id = 2`);
    expect((await rowsOf(table))[1]).toEqual([2, 200, null, '2.0011']);
  });

  test('the next old value wins over it', async () => {
    await db.sql.query(`UPDATE ${table} SET cents = 124 WHERE id = 1`);
    expect((await rowsOf(table))[0]).toMatchObject([1, 124, expect.any(String), '1.2400']);
  });

  test('a value that the old side cannot hold is refused to the new writer and changes nothing', async () => {
    const before = await rowsOf(table);
    expect(await sqlState(db.sql.query(`UPDATE ${table} SET units = 99999999.99 WHERE id = 1`))).toBe(
      '22003',
    );
    expect(await sqlState(db.sql.query(`INSERT INTO ${table} (id, units) VALUES (9, 99999999.99)`))).toBe(
      '22003',
    );
    expect(await rowsOf(table)).toEqual(before);
  });
});

describe('old values that the conversion refuses', () => {
  const table = 'codes';
  let migration: MigrationUnderTest;
  beforeAll(async () => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, code text)`);
    migration = await migrationUnderTest(db.database, 'codes', {
      table: `public.${table}`,
      change: codeToNumber,
    });
    await migration.apply('expand', 'dual-write');
  });

  test('never fail a writer that knows the old side', async () => {
    await db.sql.query(`INSERT INTO ${table} (id, code) VALUES (1, '1'), (2, 'abc')`);
    await db.sql.query(`UPDATE ${table} SET code = 'def' WHERE id = 1`);
    await db.sql.query(
      `INSERT INTO ${table} (id, code) VALUES (2, 'ghi') ON CONFLICT (id) DO UPDATE SET code = excluded.code`,
    );
    expect(await rowsOf(table)).toEqual([
      [1, 'def', null],
      [2, 'ghi', null],
    ]);
  });

  test('nor one that writes both sides: before the read switch the old value stands', async () => {
    await db.sql.query(`INSERT INTO ${table} (id, code, number) VALUES (3, 'abc', 5)`);
    await db.sql.query(`UPDATE ${table} SET code = 'xyz', number = 6 WHERE id = 1`);
    const [first, , third] = await rowsOf(table);
    expect([first, third]).toEqual([
      [1, 'xyz', null],
      [3, 'abc', null],
    ]);
  });

  test('and after the read switch the new value stands', async () => {
    await migration.apply('read-switch');
    await db.sql.query(`INSERT INTO ${table} (id, code, number) VALUES (4, 'abc', 5)`);
    await db.sql.query(`UPDATE ${table} SET code = 'uvw', number = 7 WHERE id = 1`);
    const [first, , , fourth] = await rowsOf(table);
    expect([first, fourth]).toEqual([
      [1, '7', 7],
      [4, '5', 5],
    ]);
    await migration.undo('read-switch');
  });

  test('are counted by verification until somebody fixes them', async () => {
    expect(await migration.mismatches()).toBe(2);
    await db.sql.query(`UPDATE ${table} SET code = id::text WHERE number IS NULL`);
    expect(await migration.mismatches()).toBe(0);
  });

  test('a value that would be cut short is refused, not cut', async () => {
    await db.sql.query('CREATE TABLE names (id int PRIMARY KEY, name text)');
    const short = await migrationUnderTest(db.database, 'names', {
      table: 'public.names',
      change: {
        kind: 'change-type',
        column: 'name',
        to: 'short',
        type: 'varchar(5)',
        up: 'name',
        down: 'short',
      },
    });
    await short.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO names (id, name) VALUES (1, 'abcdefgh')`);
    expect(await rowsOf('names')).toEqual([[1, 'abcdefgh', null]]);
    expect(await short.mismatches()).toBe(1);
  });
});

test('neither backfill nor sweep touches the old side, although the way back gives another value', async () => {
  await db.sql.query('CREATE TABLE mixed (id int PRIMARY KEY, name text)');
  await db.sql.query(`INSERT INTO mixed VALUES (1, 'MiXed'), (2, 'MiXed')`);
  const change = {
    kind: 'change-type',
    column: 'name',
    to: 'loud',
    type: 'text',
    up: 'upper(name)',
    down: 'lower(loud)',
  };
  const migration = await migrationUnderTest(db.database, 'mixed', { table: 'public.mixed', change });
  await migration.apply('expand', 'dual-write');
  const parameters = { ...migration.claim, key: '["2"]', lock_timeout: '1s' };
  await db.database.run({ text: migration.plan.walks[0]?.sweep ?? '', parameters });
  expect(await rowsOf('mixed')).toEqual([
    [1, 'MiXed', null],
    [2, 'MiXed', 'MIXED'],
  ]);
  await migration.backfill();
  expect(await rowsOf('mixed')).toEqual([
    [1, 'MiXed', 'MIXED'],
    [2, 'MiXed', 'MIXED'],
  ]);
});

test('NULL on the new side never counts as written, although the way back makes it the old value', async () => {
  await db.sql.query('CREATE TABLE zeros (id int PRIMARY KEY, cents int)');
  await db.sql.query('INSERT INTO zeros VALUES (1, 0)');
  const change = {
    kind: 'change-type',
    column: 'cents',
    to: 'units',
    type: 'numeric(9,2)',
    up: 'cents / 100.0',
    down: 'coalesce(units * 100, 0)::int',
  };
  const migration = await migrationUnderTest(db.database, 'zeros', { table: 'public.zeros', change });
  await migration.apply('expand', 'dual-write');
  expect(await migration.mismatches()).toBe(1);
  await migration.backfill();
  expect(await rowsOf('zeros')).toEqual([[1, 0, '0.00']]);
});

describe('the words of an expression', () => {
  test.each([
    { name: 'found', up: 'found + 1', down: 'next - 1' },
    { name: 'wrote_old', up: 'wrote_old + 1', down: 'next - 1' },
    { name: 'new', up: 'new + 1', down: 'next - 1' },
    { name: 'amount', up: 'said_amount.amount + 1', down: 'said_amount.next - 1' },
  ])('"$up" means the column, in the trigger as in the backfill', async ({ name, up, down }) => {
    const table = `said_${name}`;
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, "${name}" int)`);
    await db.sql.query(`INSERT INTO ${table} VALUES (1, 1)`);
    const migration = await migrationUnderTest(db.database, table.replace('_', '-').replace('_', '-'), {
      table: `public.${table}`,
      change: { kind: 'change-type', column: name, to: 'next', type: 'bigint', up, down },
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${table} VALUES (2, 2)`);
    await db.sql.query(`INSERT INTO ${table} (id, next) VALUES (3, 3)`);
    await migration.backfill();
    expect(await rowsOf(table)).toEqual([
      [1, 1, '2'],
      [2, 2, '3'],
      [3, 2, '3'],
    ]);
  });

  test.each([
    { key: 'change.up', up: 'amount * factor', down: 'next', says: 'factor' },
    { key: 'change.down', up: 'amount', down: 'next / factor', says: 'factor' },
    { key: 'change.down', up: 'amount', down: 'amount', says: 'amount' },
    { key: 'change.up', up: 'next', down: 'next', says: 'next' },
  ])(
    '$key "$up / $down" is refused: each side must follow from the other alone',
    async ({ key, up, down, says }) => {
      await db.sql.query('CREATE TABLE IF NOT EXISTS factors (id int PRIMARY KEY, amount int, factor int)');
      const refused = migrationUnderTest(db.database, 'factors', {
        table: 'public.factors',
        change: { kind: 'change-type', column: 'amount', to: 'next', type: 'bigint', up, down },
      });
      await expect(refused).rejects.toMatchObject({ name: 'InvalidSpec' });
      await expect(refused).rejects.toThrow(
        `${key}: the database cannot read this expression: column "${says}" does not exist`,
      );
      const one = key === 'change.up' ? 'amount' : 'next';
      await expect(refused).rejects.toThrow(
        `Write it over "${one}" alone: each side must follow from the other.`,
      );
    },
  );
});
