import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

// IS NULL is true of ROW(NULL, NULL), and neither IS NULL nor IS NOT NULL of ROW(1, NULL): what a client wrote must not hang on that.
const values = [null, '(,)', '(1,)', '(1,2)'] as const;
type Value = (typeof values)[number];

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TYPE spot AS (x integer, y integer);
    CREATE TYPE wide AS (x bigint, y bigint);
    CREATE DOMAIN near AS spot;
    CREATE DOMAIN needed AS spot NOT NULL`);
});
afterAll(() => db.close());

const narrowed = 'CASE WHEN fresh IS DISTINCT FROM NULL THEN ROW((fresh).x, (fresh).y)::spot END';
const widened = 'CASE WHEN old IS DISTINCT FROM NULL THEN ROW((old).x, (old).y)::wide END';
const renamed = { kind: 'rename-column', from: 'old', to: 'fresh' };
const retyped = {
  kind: 'change-type',
  column: 'old',
  to: 'fresh',
  type: 'wide',
  up: widened,
  down: narrowed,
};

/** What clients were told of each row: the value that it holds since. */
class Told {
  private readonly told = new Map<number, Value>();
  private next = 0;

  constructor(private readonly table: string) {}

  async insert(column: string, value: Value): Promise<number> {
    const id = (this.next += 1);
    await db.sql.query(`INSERT INTO ${this.table} (id, ${column}) VALUES (${id}, $1)`, [value]);
    this.told.set(id, value);
    return id;
  }

  async update(id: number, column: string, value: Value): Promise<void> {
    await db.sql.query(`UPDATE ${this.table} SET ${column} = $1 WHERE id = ${id}`, [value]);
    this.told.set(id, value);
  }

  /** One row for each value that there is, in each way that there is. */
  async everyWay(columns: readonly string[]): Promise<void> {
    for (const column of columns)
      for (const value of values) {
        await this.insert(column, value);
        for (const other of values) await this.update(await this.insert(column, other), column, value);
      }
  }

  async unlike(columns: readonly string[]): Promise<readonly string[]> {
    const texts = columns.map((column) => `${column}::text AS ${column}`).join(', ');
    const { rows } = await db.sql.query(`SELECT id, ${texts} FROM ${this.table} ORDER BY id`);
    expect(rows).toHaveLength(this.next);
    return rows.flatMap((row) =>
      columns.flatMap((column) =>
        row[column] === this.told.get(row.id)
          ? []
          : [`${column} of row ${row.id} is ${row[column]}, told ${this.told.get(row.id)}`],
      ),
    );
  }
}

describe.each([
  ['a rename', 'spot', renamed],
  ['a rename of a domain', 'near', renamed],
  ['a conversion', 'spot', retyped],
])('%s', (name, type, change) => {
  test('keeps every value that either version has written, whatever its fields hold', async () => {
    const table = `kept_${name.replaceAll(' ', '_')}`;
    await db.sql.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, old ${type})`);
    const told = new Told(table);
    const unfilled: number[] = [];
    for (const value of values)
      for (let n = 0; n <= 2 * values.length; n += 1) unfilled.push(await told.insert('old', value));
    const declared = { table: `public.${table}`, change };
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), declared);
    await migration.apply('expand', 'dual-write');
    const both = ['old', 'fresh'];
    // The last of each value stays as it is until the backfill.
    for (const [at, id] of unfilled.entries()) {
      const n = at % (2 * values.length + 1);
      const value = values[n % values.length];
      if (n < 2 * values.length && value !== undefined)
        await told.update(id, n < values.length ? 'old' : 'fresh', value);
    }
    await told.everyWay(both);
    await migration.backfill();
    expect(await told.unlike(both)).toEqual([]);
    expect(await migration.mismatches()).toBe(0);
    await told.everyWay(both);
    await migration.apply('verify', 'read-switch');
    await told.everyWay(both);
    expect(await told.unlike(both)).toEqual([]);
    await migration.apply('confidence', 'quarantine', 'contract');
    expect(await told.unlike(['fresh'])).toEqual([]);
  });
});

async function started(
  table: string,
  columns: string,
  change: Readonly<Record<string, unknown>>,
): Promise<MigrationUnderTest> {
  await db.sql.query(`CREATE TABLE ${table} (id integer, ${columns}`);
  return migrationUnderTest(db.database, table, { table: `public.${table}`, change });
}

test('a value that refuses NULL may have fields that are', async () => {
  const base = { type: 'spot', up: 'old::spot', down: 'fresh::needed' };
  const migration = await started('required', 'old needed, PRIMARY KEY (id))', { ...retyped, ...base });
  await migration.apply('expand', 'dual-write');
  const wrote = (column: string, value: Value): Promise<string> =>
    sqlState(db.sql.query(`INSERT INTO required (id, ${column}) SELECT count(*), $1 FROM required`, [value]));
  for (const column of ['old', 'fresh'])
    for (const value of values)
      expect([column, value, await wrote(column, value)]).toEqual([
        column,
        value,
        value === null ? '23502' : 'no error',
      ]);
  const { rows } = await db.sql.query('SELECT old::text, fresh::text FROM required ORDER BY id');
  expect(rows.map(({ old }) => old)).toEqual(['(,)', '(1,)', '(1,2)', '(,)', '(1,)', '(1,2)']);
  expect(rows.every(({ old, fresh }) => old === fresh)).toBe(true);
});

test('a new column keeps what a writer gives it, and is filled with what has fields that are NULL', async () => {
  const migration = await started(
    'filled',
    'n integer, PRIMARY KEY (id)); INSERT INTO filled VALUES (1, 1), (2, NULL)',
    {
      kind: 'add-column',
      column: 'place',
      type: 'spot',
      backfill: 'ROW(n, NULL)::spot',
    },
  );
  await migration.apply('expand', 'dual-write');
  await db.sql.query(`INSERT INTO filled VALUES (3, 7, '(,)'), (4, 7, '(,3)'), (5, 7, NULL)`);
  expect(await migration.backfill()).toMatchObject({ changed: 2 });
  expect(await migration.mismatches()).toBe(0);
  const { rows } = await db.sql.query('SELECT place::text FROM filled ORDER BY id');
  expect(rows.map(({ place }) => place)).toEqual(['(1,)', '(,)', '(,)', '(,3)', '(7,)']);
});

test('a partition that comes with rows in the quarantine lacks each value that is there', async () => {
  const migration = await started(
    'parts',
    'old spot, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE first PARTITION OF parts FOR VALUES FROM (0) TO (100)',
    renamed,
  );
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify', 'read-switch', 'confidence', 'quarantine');
  await db.sql.query(`
    CREATE TABLE late (LIKE parts INCLUDING ALL);
    INSERT INTO late VALUES (100, '(1,)', NULL), (101, '(,)', NULL), (102, '(1,2)', '(,)'), (103, NULL, NULL);
    ALTER TABLE parts ATTACH PARTITION late FOR VALUES FROM (100) TO (200)`);
  expect(await migration.walk('check', 'before-drop')).toMatchObject({ changed: 2 });
});
