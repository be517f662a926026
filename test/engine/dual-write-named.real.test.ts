import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const changes = [
  { kind: 'rename-column', from: 'a', to: 'b' },
  { kind: 'change-type', column: 'a', to: 'b', type: 'bigint', up: 'a::bigint', down: 'b::int' },
];

// What one write says on a row that nobody has filled yet: a is 1, b is NULL.
const writes = [
  { write: 'b = NULL', gives: [null, null], means: 'the new application’s NULL' },
  { write: 'b = NULL, note = 1', gives: [null, null], means: 'the same, in a row saved whole' },
  { write: 'b = 5', gives: [5, 5], means: 'the new application’s value' },
  { write: 'a = NULL', gives: [null, null], means: 'the old application’s NULL' },
  { write: 'a = 1', gives: [1, 1], means: 'the old application’s value, written again' },
  {
    write: 'a = 1, b = NULL',
    gives: [1, 1],
    means: 'a version that saves both as it read them: the old side stands',
  },
  { write: 'a = 2, b = NULL', gives: [2, 2], means: 'a version that changes one of both' },
  { write: 'a = 1, b = 5', gives: [5, 5], means: 'a version that changes the other' },
];

describe.each(changes)('$kind, on a row that is not filled yet', (change) => {
  const table = `unfilled_${change.kind.replace('-', '_')}`;
  let migration: Awaited<ReturnType<typeof migrationUnderTest>>;
  let id = 0;
  const given = async () => {
    id += 1;
    await db.sql.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    await db.sql.query(`INSERT INTO ${table} VALUES (${id}, 1)`);
    await db.sql.query(
      `DO $$ DECLARE t name; BEGIN
         FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND NOT tgisinternal LOOP
           EXECUTE format('ALTER TABLE ${table} ENABLE ALWAYS TRIGGER %I', t);
         END LOOP; END $$`,
    );
    return id;
  };
  const sides = async (row: number) => {
    const { rows } = await db.sql.query(`SELECT a, b::int FROM ${table} WHERE id = ${row}`);
    return rows.map(({ a, b }) => [a, b])[0];
  };

  beforeAll(async () => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a int, note int)`);
    migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
  });

  test.each(writes)('$write is $means', async ({ write, gives }) => {
    const row = await given();
    await db.sql.query(`UPDATE ${table} SET ${write} WHERE id = ${row}`);
    expect(await sides(row)).toEqual(gives);
    await migration.backfill(1);
    expect(await sides(row)).toEqual(gives);
  });

  const named = [
    {
      does: 'an upsert',
      sql: `INSERT INTO ${table} (id, b) VALUES ($1, NULL) ON CONFLICT (id) DO UPDATE SET b = excluded.b`,
    },
    ...(inject('postgresVersion') < 15
      ? []
      : [
          {
            does: 'a merge',
            sql: `MERGE INTO ${table} AS t USING (VALUES ($1::int)) AS s (id) ON t.id = s.id WHEN MATCHED THEN UPDATE SET b = NULL`,
          },
        ]),
  ];
  test.each(named)('$does that names the new column alone writes NULL there', async ({ sql }) => {
    const row = await given();
    await db.sql.query(sql, [row]);
    expect(await sides(row)).toEqual([null, null]);
  });

  test('the backfill’s own writes are nobody’s', async () => {
    const row = await given();
    await migration.backfill(1);
    expect(await sides(row)).toEqual([1, 1]);
  });

  test('a row saved whole, as it was loaded before the backfill came by, keeps its value until reads move', async () => {
    const row = await given();
    await migration.backfill(1);
    const save = `UPDATE ${table} SET a = 1, b = NULL, note = 5 WHERE id = ${row}`;
    await db.sql.query(save);
    expect(await sides(row)).toEqual([1, 1]);
    await migration.apply('read-switch');
    await db.sql.query(save);
    expect(await sides(row)).toEqual([null, null]);
    await migration.undo('read-switch');
  });

  test('after the read switch, too, a row that nobody has written since is the old side’s', async () => {
    const row = await given();
    await migration.apply('read-switch');
    await db.sql.query(`UPDATE ${table} SET note = 1, id = id + 1000 WHERE id = ${row}`);
    expect(await sides(row + 1000)).toEqual([1, 1]);
    await migration.undo('read-switch');
  });
});

describe.each(changes)('$kind, started again over a new column that a rollback left behind', (change) => {
  test('keeps what the new application is told, although it writes what stood there', async () => {
    const table = `again_${change.kind.replace('-', '_')}`;
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a int)`);
    await db.sql.query(`INSERT INTO ${table} VALUES (1, 1), (2, 1)`);
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
    await migration.backfill(1);
    await migration.undo('dual-write');
    await db.sql.query(`UPDATE ${table} SET a = 2`);
    await migration.apply('dual-write');
    await db.sql.query(`UPDATE ${table} SET b = 1 WHERE id = 1`);
    await migration.backfill(1);
    expect((await db.sql.query(`SELECT a, b::int FROM ${table} ORDER BY id`)).rows).toEqual([
      { a: 1, b: 1 },
      { a: 2, b: 2 },
    ]);
  });
});

let rounded = 0;
describe('a conversion that rounds', () => {
  // By the old side, 1.005 is there; the new one rounds it to 1.01. Nobody has written 1.01.
  test.each(['a = 1.005', 'a = 1.005, b = NULL', 'a = 1.005, note = 1'])(
    'a row that is not filled yet keeps what the old application has, although it writes it again: %s',
    async (write) => {
      const table = `rounded_${(rounded += 1)}`;
      await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a numeric(9,3), note int)`);
      await db.sql.query(`INSERT INTO ${table} VALUES (1, 1.005)`);
      const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
        table: `public.${table}`,
        change: {
          kind: 'change-type',
          column: 'a',
          to: 'b',
          type: 'numeric(9,2)',
          up: 'round(a, 2)',
          down: 'b',
        },
      });
      await migration.apply('expand', 'dual-write');
      await db.sql.query(`UPDATE ${table} SET ${write}`);
      expect((await db.sql.query(`SELECT a::text, b::text FROM ${table}`)).rows).toEqual([
        { a: '1.005', b: '1.01' },
      ]);
      // An application that saves whole rows names both and changes neither.
      await db.sql.query(`UPDATE ${table} SET a = a, b = b`);
      expect((await db.sql.query(`SELECT a::text, b::text FROM ${table}`)).rows).toEqual([
        { a: '1.005', b: '1.01' },
      ]);
    },
  );
});
