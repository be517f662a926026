import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import type { Assigned, Side, Sides, SidesUnderTest, Value } from '../../told-sides.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';
import { rowsOf } from './renames.ts';
import { severalColumns, writtenSides } from './sides-written.ts';
import { expectToldTruth } from './told-clients.ts';

type Act =
  | {
      readonly does: 'insert' | 'update' | 'upsert' | 'touch' | 'delete';
      readonly id: number;
      readonly set: Assigned;
    }
  | { readonly move: 'on' | 'back' };

const id = fc.integer({ min: 1, max: 5 });
const part = (side: readonly string[], values: readonly Value[]) =>
  fc
    .record(Object.fromEntries(side.map((name) => [name, fc.constantFrom(...values)])), { requiredKeys: [] })
    .filter((set) => Object.keys(set).length > 0);

function actsOn(shape: SidesUnderTest): fc.Arbitrary<Act> {
  const old = part(shape.old, shape.values.old);
  const fresh = part(shape.new, shape.values.new);
  const both = fc.tuple(old, fresh).map(([one, other]) => ({ ...one, ...other }));
  const set = fc.oneof(old, fresh, fresh, both);
  const does = fc.constantFrom('insert', 'update', 'update', 'upsert');
  const bare = fc.constantFrom('touch', 'delete');
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ does, id, set }) },
    { weight: 2, arbitrary: fc.record({ does: bare, id, set: fc.constant({}) }) },
    { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('on', 'on', 'back') }) },
  );
}

describe.skipIf(!hasMysql())('sides of several columns on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const plan = (table: string, change: Readonly<Record<string, unknown>>, name = freshName()) =>
    migrationUnderTest(db.database, name, { table: `${db.schema}.${table}`, change });

  const tableOf = ({ old, type }: SidesUnderTest, name: string): string =>
    `DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (id INT PRIMARY KEY, note INT NOT NULL DEFAULT 0, ${old
      .map((column) => `${column} ${type} NULL`)
      .join(', ')})`;

  async function write(table: string, { does, id: key, set }: Exclude<Act, { move: string }>): Promise<void> {
    const names = Object.keys(set);
    const values = Object.values(set);
    const assigned = names.map((name) => `${name} = ?`).join(', ');
    const insert = `INTO ${table} (id, ${names.join(', ')}) VALUES (${key}, ${names.map(() => '?').join(', ')})`;
    if (does === 'touch') await db.sql.query(`UPDATE ${table} SET note = note + 1 WHERE id = ${key}`);
    else if (does === 'delete') await db.sql.query(`DELETE FROM ${table} WHERE id = ${key}`);
    else if (does === 'update')
      await db.sql.query(`UPDATE ${table} SET ${assigned} WHERE id = ${key}`, values);
    else if (does === 'insert') await db.sql.query(`INSERT IGNORE ${insert}`, values);
    else await db.sql.query(`INSERT ${insert} ON DUPLICATE KEY UPDATE ${assigned}`, [...values, ...values]);
  }

  const nothing = (names: readonly string[]): Side => names.map(() => null);

  /** What the clients of a table were told, kept without asking the database. */
  function tell(
    told: Map<number, Sides>,
    shape: SidesUnderTest,
    { does, id: key, set }: Exclude<Act, { move: string }>,
    authority: 'old' | 'new',
  ): void {
    const row = told.get(key);
    if (does === 'delete') told.delete(key);
    if (does === 'delete' || (row !== undefined && does === 'insert')) return;
    if (row === undefined && (does === 'update' || does === 'touch')) return;
    const before = row ?? { old: nothing(shape.old), new: nothing(shape.new) };
    told.set(key, writtenSides(shape, before, set, { inserts: row === undefined, authority }));
  }

  test.each(severalColumns)(
    '$change.kind of $old into $new: every row holds what its clients were told, whoever writes what of it',
    async (shape) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(actsOn(shape), { minLength: 200, maxLength: 200, size: 'max' }),
          async (acts) => {
            await db.sql.query(tableOf(shape, 'acted'));
            const told = new Map<number, Sides>();
            for (const key of [1, 2, 3, 4]) {
              const old = shape.old.map((_, nth) => shape.values.old[key + nth] ?? null);
              await write('acted', {
                does: 'insert',
                id: key,
                set: Object.fromEntries(shape.old.map((name, at) => [name, old[at] ?? null])),
              });
              told.set(key, { old, new: nothing(shape.new) });
            }
            const migration = await plan('acted', shape.change);
            await migration.apply('expand', 'dual-write');
            const columns = [...shape.old, ...shape.new].join(', ');
            const expectTold = async (after: string): Promise<void> => {
              const rows = [...told]
                .toSorted(([one], [other]) => one - other)
                .map(([key, sides]) => [key, ...sides.old, ...sides.new]);
              expect(await rowsOf(db, `SELECT id, ${columns} FROM acted ORDER BY id`), after).toEqual(rows);
            };
            let station = 0;
            for (const act of acts) {
              if ('move' in act) station = await move(migration, shape, told, station, act.move);
              else {
                await write('acted', act);
                tell(told, shape, act, station === 2 ? 'new' : 'old');
              }
              await expectTold(JSON.stringify(act));
            }
            await migration.backfill(1);
            fill(told, shape);
            await expectTold('the backfill');
            expect(await migration.mismatches(1)).toBe(0);
            await migration.ledger.close(migration.claim, 'rolled-back');
          },
        ),
        // A failure is read by its first difference; shrinking it would take an hour.
        { numRuns: 2, endOnFailure: true },
      );
    },
  );

  function fill(told: Map<number, Sides>, shape: SidesUnderTest): void {
    for (const [key, row] of told)
      told.set(key, writtenSides(shape, row, {}, { inserts: false, authority: 'old' }));
  }

  /** Backfill, then the read switch, and back from it. */
  async function move(
    migration: MigrationUnderTest,
    shape: SidesUnderTest,
    told: Map<number, Sides>,
    station: number,
    way: 'on' | 'back',
  ): Promise<number> {
    if (way === 'back') {
      if (station !== 2) return station;
      await migration.undo('read-switch');
      return 1;
    }
    if (station === 0) {
      await migration.backfill(1);
      fill(told, shape);
    }
    if (station === 1) await migration.apply('read-switch');
    return Math.min(2, station + 1);
  }

  test('its SQL is as it was reviewed', async () => {
    await db.sql.query(`CREATE TABLE people (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name VARCHAR(90) NOT NULL, touched TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP, KEY by_name (name, id), KEY of_name (name))`);
    const [split] = severalColumns;
    const change = { ...split?.change, indexes: { by_name: '(last, first)', of_name: 'drop' } };
    asReviewed((await plan('people', change, 'split-column')).plan, db.schema);
    await db.sql.query(
      'CREATE TABLE places (id INT PRIMARY KEY, street VARCHAR(40) NOT NULL, city VARCHAR(40) NULL)',
    );
    asReviewed((await plan('places', severalColumns[1]?.change ?? {}, 'merge-columns')).plan, db.schema);
  });

  const split = {
    kind: 'split-column',
    column: 'name',
    down: "CONCAT(first, '-', last)",
    into: {
      first: { type: 'varchar(60)', up: "SUBSTRING_INDEX(name, '-', 1)", default: "'none'", notNull: true },
      last: { type: 'varchar(60)', up: "SUBSTRING_INDEX(name, '-', -1)", default: "'none'", notNull: true },
    },
  };

  test('clients that know either side are told the truth, from the first phase to the last, and over a rollback', async () => {
    await db.sql.query(`CREATE TABLE live (id INT PRIMARY KEY, name VARCHAR(125) NOT NULL DEFAULT 'none-none',
      n INT NOT NULL DEFAULT 0, touched TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6), KEY by_name (name, n), KEY of_name (n, name))`);
    const before = await db.definition('live');
    const change = { ...split, indexes: { by_name: '(last, first)', of_name: 'drop' } };
    await expectToldTruth(
      db,
      {
        table: 'live',
        old: (value) => ({ name: `${value}-${value}` }),
        new: (value) => ({ first: value, last: value }),
        none: 'none',
      },
      () => plan('live', change),
    );
    const after = await db.definition('live');
    expect(before).toContain('`name` varchar(125)');
    expect(after).toContain('(`last`,`first`)');
    // An index of which a part has gone would stay, over the rest.
    expect(after).not.toContain('(`n`');
    expect(after).not.toContain('`name`');
    expect(after).not.toContain('INVISIBLE');
    expect(after).toMatch(/`first` varchar\(60\).* NOT NULL DEFAULT 'none'/u);
  });

  test('a value that one part refuses is noted whole, and fails no writer of the old side', async () => {
    await db.sql.query(
      `CREATE TABLE refusing (id INT PRIMARY KEY, name VARCHAR(90)); INSERT INTO refusing VALUES (1, '1-2'), (2, 'x-2')`,
    );
    const into = {
      first: { type: 'int', up: "SUBSTRING_INDEX(name, '-', 1)" },
      last: { type: 'tinyint', up: "SUBSTRING_INDEX(name, '-', -1)" },
    };
    const migration = await plan('refusing', { ...split, into });
    await migration.apply('expand', 'dual-write');
    await db.sql.query("INSERT INTO refusing (id, name) VALUES (3, '7-999'), (4, '7-9')");
    await db.sql.query("UPDATE refusing SET name = '7-y' WHERE id = 4");
    await migration.backfill(1);
    expect(await rowsOf(db, 'SELECT id, first, last FROM refusing ORDER BY id')).toEqual([
      [1, 1, 2],
      [2, null, null],
      [3, null, null],
      [4, null, null],
    ]);
    expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(3);
    expect(await migration.mismatches()).toBe(3);
    // What the new application writes is refused to it, where the old side cannot hold it.
    await expect(db.sql.query('UPDATE refusing SET first = NULL, last = 300 WHERE id = 1')).rejects.toThrow(
      'Out of range',
    );
    await db.sql.query('UPDATE refusing SET first = 5 WHERE id = 1');
    expect(await rowsOf(db, 'SELECT name FROM refusing WHERE id = 1')).toEqual([['5-2']]);
  });

  test.each([
    [{}, /index by_name .* is about the old columns, and nothing says what takes its place/],
    [{ indexes: { by_name: '(nobody)', of_n: 'drop' } }, /doesn't exist in table/],
    [{ indexes: { by_name: 'drop', of_n: '(first)' } }, /another unique index in the place of of_n/],
    [{ column: 'moment' }, /moment of type timestamp/],
    [{ checks: {} }, /not supported yet: split-column with `checks`/],
    [{ indexes: { by_name: 'drop', of_n: 'drop' }, column: 'checked' }, /the check is_checked names it/],
    [
      { indexes: { by_name: 'drop', of_n: 'drop' }, column: 'refers' },
      /the foreign key refers_to of kept is about it/,
    ],
    [{ foreignKeys: {} }, /not supported yet: split-column with `foreignKeys`/],
  ])('%o is refused before anything is touched', async (change, why) => {
    await db.sql
      .query(`CREATE TABLE IF NOT EXISTS referred (code VARCHAR(9) PRIMARY KEY); DROP TABLE IF EXISTS kept; CREATE TABLE kept (id INT PRIMARY KEY, name VARCHAR(90),
      moment TIMESTAMP NULL, checked VARCHAR(9), refers VARCHAR(9), CONSTRAINT refers_to FOREIGN KEY (refers) REFERENCES referred (code), KEY by_name (name), UNIQUE KEY of_n (name),
      CONSTRAINT is_checked CHECK (checked <> 'x'))`);
    const before = await db.definition('kept');
    const of = 'column' in change ? change.column : 'name';
    const into = {
      first: { type: 'varchar(9)', up: of },
      last: { type: 'varchar(9)', up: of },
    };
    const declared = { ...split, into, down: 'first', ...change };
    await expect(plan('kept', declared)).rejects.toThrow(why);
    expect(await db.definition('kept')).toBe(before);
  });
});
