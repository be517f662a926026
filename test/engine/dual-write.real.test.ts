import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { oldValueInUnits } from './sample-changes.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

type Row = readonly [old: unknown, new: unknown];
const read = async (table: string, id: number): Promise<Row | undefined> => {
  const { rows } = await db.sql.query(`SELECT old_value::text, new_value::text FROM ${table} WHERE id = $1`, [
    id,
  ]);
  return rows[0] && [rows[0].old_value, rows[0].new_value];
};

/** One write to a row that holds ('a', 'a'), and what the row holds then, before and after the read switch. */
interface Case {
  readonly writes: string;
  readonly set: string;
  readonly before: Row;
  readonly after: Row;
}
const both = (row: Row): Pick<Case, 'before' | 'after'> => ({ before: row, after: row });

const renameCases: readonly Case[] = [
  { writes: 'the old side alone', set: `old_value = 'b'`, ...both(['b', 'b']) },
  { writes: 'the new side alone', set: `new_value = 'b'`, ...both(['b', 'b']) },
  { writes: 'both, agreeing', set: `old_value = 'b', new_value = 'b'`, ...both(['b', 'b']) },
  {
    writes: 'both, disagreeing',
    set: `old_value = 'b', new_value = 'c'`,
    before: ['b', 'b'],
    after: ['c', 'c'],
  },
  { writes: 'neither', set: 'other = other + 1', ...both(['a', 'a']) },
  { writes: 'NULL to the old side', set: 'old_value = NULL', ...both([null, null]) },
  { writes: 'NULL to the new side', set: 'new_value = NULL', ...both([null, null]) },
  {
    writes: 'NULL to the old, a value to the new',
    set: `old_value = NULL, new_value = 'c'`,
    before: [null, null],
    after: ['c', 'c'],
  },
  {
    writes: 'a value to the old, NULL to the new',
    set: `old_value = 'b', new_value = NULL`,
    before: ['b', 'b'],
    after: [null, null],
  },
  { writes: 'the old side, the new as it was', set: `old_value = 'b', new_value = 'a'`, ...both(['b', 'b']) },
  { writes: 'the new side, the old as it was', set: `old_value = 'a', new_value = 'b'`, ...both(['b', 'b']) },
];

// 'a' is 1, 'b' is 2 … in the old shape of the conversion (cents) and a hundredth of that in the new one.
const inCents = (value: unknown): unknown =>
  typeof value === 'string' ? String(value.charCodeAt(0) - 96) : value;
const inUnits = (value: unknown): unknown =>
  typeof value === 'string' ? (Number(inCents(value)) / 100).toFixed(4) : value;
const converted = ({ set, writes, before, after }: Case): Case => ({
  writes,
  set: set
    .replaceAll(/(old_value = )'(.)'/gu, (_, side, value) => `${side}${String(inCents(value))}`)
    .replaceAll(/(new_value = )'(.)'/gu, (_, side, value) => `${side}${String(inUnits(value))}`),
  before: [inCents(before[0]), inUnits(before[1])],
  after: [inCents(after[0]), inUnits(after[1])],
});

const kinds = [
  {
    kind: 'rename-column',
    table: 'renamed',
    type: 'text',
    first: `'a'`,
    change: { kind: 'rename-column', from: 'old_value', to: 'new_value' },
    cases: renameCases,
  },
  {
    kind: 'change-type',
    table: 'retyped',
    type: 'integer',
    first: '1',
    change: oldValueInUnits,
    cases: renameCases.map(converted),
  },
];

const valuesOf = (set: string): readonly [string, string] => {
  const written = set
    .replace('other + 1', '1')
    .split(', ')
    .map((each) => each.split(' = '));
  return [written.map(([name]) => name).join(', '), written.map(([, value]) => value).join(', ')];
};

describe.each(kinds)('$kind', ({ table, type, first, change, cases }) => {
  let migration: MigrationUnderTest;
  let id = 0;
  beforeAll(async () => {
    await db.sql.query(
      `CREATE TABLE ${table} (id bigint PRIMARY KEY, old_value ${type}, other int DEFAULT 0)`,
    );
    migration = await migrationUnderTest(db.database, table, { table: `public.${table}`, change });
    await migration.apply('expand', 'dual-write');
  });

  const columns = ['old_value', 'new_value', 'other'];
  const merge = (
    set: string,
  ): string => `MERGE INTO ${table} AS t USING (VALUES ($1::bigint)) AS s (id) ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET ${set} WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)`;

  for (const when of ['before', 'after'] as const)
    describe(`${when} the read switch`, () => {
      beforeAll(() => (when === 'after' ? migration.apply('read-switch') : undefined));
      afterAll(() => (when === 'after' ? migration.undo('read-switch') : undefined));

      test.each(cases)('an UPDATE that writes $writes', async ({ set, [when]: expected }) => {
        await db.sql.query(`INSERT INTO ${table} (id, old_value) VALUES ($1, ${first})`, [(id += 1)]);
        await db.sql.query(`UPDATE ${table} SET ${set} WHERE id = $1`, [id]);
        expect(await read(table, id)).toEqual(expected);
      });

      test.skipIf(inject('postgresVersion') < 15).each(cases)(
        'a MERGE that writes $writes',
        async ({ set, [when]: expected }) => {
          await db.sql.query(`INSERT INTO ${table} (id, old_value) VALUES ($1, ${first})`, [(id += 1)]);
          await db.sql.query(merge(set), [id]);
          expect(await read(table, id)).toEqual(expected);
        },
      );

      // An upsert passes through the trigger of INSERT first, where no former value says who wrote: NULL wrote nothing
      // there, and two values that disagree are two writes. So it does where the row is there already.
      const inserts = cases.filter(
        ({ writes }) => !/as it was|NULL to the old, |value to the old, /u.test(writes),
      );

      test.each(inserts)('an upsert that writes $writes', async ({ set, [when]: expected }) => {
        await db.sql.query(`INSERT INTO ${table} (id, old_value) VALUES ($1, ${first})`, [(id += 1)]);
        const [names, values] = valuesOf(set);
        const excluded = columns
          .filter((name) => names.includes(name))
          .map((name) => `${name} = excluded.${name}`);
        await db.sql.query(
          `INSERT INTO ${table} (id, ${names}) VALUES ($1, ${values})
           ON CONFLICT (id) DO UPDATE SET ${excluded.join(', ')}`,
          [id],
        );
        expect(await read(table, id)).toEqual(expected);
      });

      test.each(inserts)('an INSERT that writes $writes', async ({ set, [when]: expected }) => {
        const [names, values] = valuesOf(set);
        await db.sql.query(`INSERT INTO ${table} (id, ${names}) VALUES ($1, ${values})`, [(id += 1)]);
        expect(await read(table, id)).toEqual(set.startsWith('other') ? [null, null] : expected);
      });
    });

  test('after the read switch was undone the old side wins again', async () => {
    await migration.apply('read-switch');
    await migration.undo('read-switch');
    const clash = cases.find(({ writes }) => writes === 'both, disagreeing');
    await db.sql.query(`INSERT INTO ${table} (id, old_value) VALUES ($1, ${first})`, [(id += 1)]);
    await db.sql.query(`UPDATE ${table} SET ${clash?.set} WHERE id = $1`, [id]);
    expect(await read(table, id)).toEqual(clash?.before);
  });

  test('a row from before the dual write follows its first write, whatever that writes', async () => {
    await migration.undo('dual-write');
    await db.sql.query(`INSERT INTO ${table} (id, old_value) VALUES ($1, ${first}), ($2, ${first})`, [
      (id += 1),
      (id += 1),
    ]);
    await migration.apply('dual-write');
    expect(await read(table, id)).toEqual([first.replaceAll(`'`, ''), null]);
    await db.sql.query(`UPDATE ${table} SET old_value = NULL WHERE id = $1`, [id]);
    await db.sql.query(`UPDATE ${table} SET new_value = ${first === '1' ? '0.03' : `'c'`} WHERE id = $1`, [
      id - 1,
    ]);
    expect(await read(table, id)).toEqual([null, null]);
    expect(await read(table, id - 1)).toEqual(first === '1' ? ['3', '0.0300'] : ['c', 'c']);
  });

  test('a writer whose NOT NULL is broken through the other side is reported so', async () => {
    await db.sql.query(`CREATE TABLE ${table}_strict (id int PRIMARY KEY, old_value ${type} NOT NULL)`);
    const strict = await migrationUnderTest(db.database, `${table}-strict`, {
      table: `public.${table}_strict`,
      change,
    });
    await strict.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO ${table}_strict (id, new_value) VALUES (1, ${first})`);
    expect(await sqlState(db.sql.query(`UPDATE ${table}_strict SET new_value = NULL`))).toBe('23502');
  });
});
