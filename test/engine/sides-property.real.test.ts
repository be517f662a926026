import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { severalColumns } from './sides-under-test.ts';
import { Told, type Row, type SidesUnderTest, type Value } from './told-sides.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const id = fc.integer({ min: 1, max: 5 });
const part = (side: readonly string[], values: readonly Value[]) =>
  fc
    .record(Object.fromEntries(side.map((name) => [name, fc.constantFrom(...values)])), { requiredKeys: [] })
    .filter((set) => Object.keys(set).length > 0);

const actsOn = (shape: SidesUnderTest) => {
  const old = part(shape.old, shape.values.old);
  const fresh = part(shape.new, shape.values.new);
  const set = fc.oneof(
    old,
    fresh,
    fresh,
    fc.tuple(old, fresh).map(([one, other]) => ({ ...one, ...other })),
  );
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ does: fc.constantFrom('insert', 'update', 'update', 'upsert'), id, set }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('touch', 'delete', 'rekey'), id }) },
    { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('on', 'on', 'back') }) },
  );
};
type Act = ReturnType<typeof actsOn> extends fc.Arbitrary<infer T> ? T : never;

const text = (value: Value | undefined): string =>
  value === null || value === undefined ? 'NULL' : typeof value === 'number' ? String(value) : `'${value}'`;

let keys = 1000;

async function write(table: string, act: Exclude<Act, { move: string }>, told: Told): Promise<void> {
  const { does, id: key } = act;
  const where = `WHERE id = ${key}`;
  if (!('set' in act)) {
    if (does === 'touch') await db.sql.query(`UPDATE ${table} SET note = note + 1 ${where}`);
    else if (does === 'delete') await db.sql.query(`DELETE FROM ${table} ${where}`);
    else await db.sql.query(`UPDATE ${table} SET id = ${(keys += 1)} ${where}`);
    return told.without(does, key, keys);
  }
  const names = Object.keys(act.set);
  const values = Object.values(act.set).map(text).join(', ');
  const assigned = names.map((name) => `${name} = ${text(act.set[name])}`).join(', ');
  const insert = `INSERT INTO ${table} (id, ${names.join(', ')}) VALUES (${key}, ${values}) ON CONFLICT (id)`;
  if (does === 'update') await db.sql.query(`UPDATE ${table} SET ${assigned} ${where}`);
  else await db.sql.query(does === 'insert' ? `${insert} DO NOTHING` : `${insert} DO UPDATE SET ${assigned}`);
  told.write(does, key, act.set);
}

async function rowsOf(table: string, shape: SidesUnderTest): Promise<readonly Row[]> {
  const { rows } = await db.sql.query(`SELECT * FROM ${table} ORDER BY id`);
  return rows.map((row) => ({
    id: row.id,
    old: shape.old.map((name) => row[name]),
    new: shape.new.map((name) => row[name]),
  }));
}

let count = 0;
describe.each(severalColumns)('$change.kind of $old into $new', (shape) => {
  test('every row holds what its clients were told, whoever writes what of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(actsOn(shape), { minLength: 300, maxLength: 300, size: 'max' }),
        async (acts) => {
          const table = `sides${(count += 1)}`;
          const columns = shape.old.map((name) => `${name} ${shape.type}`).join(', ');
          await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, note int DEFAULT 0, ${columns})`);
          const told = new Told(shape);
          for (const [at, value] of shape.values.old.entries()) {
            const old = shape.old.map(
              (_, nth) => shape.values.old[(at + nth) % shape.values.old.length] ?? null,
            );
            if (at > 3) continue;
            await db.sql.query(
              `INSERT INTO ${table} (id, ${shape.old.join(', ')}) VALUES (${at + 1}, ${old.map(text).join(', ')})`,
            );
            told.unfilled(at + 1, old);
            expect(value).toBe(old[0]);
          }
          const migration = await migrationUnderTest(db.database, table, {
            table: `public.${table}`,
            change: shape.change,
          });
          await migration.apply('expand', 'dual-write');
          let station = 0;
          for (const act of acts) {
            if ('move' in act) station = await move(migration, told, station, act.move);
            else await write(table, act, told);
            expect(await rowsOf(table, shape), `after ${JSON.stringify(act)}`).toEqual(told.rows());
          }
          await migration.backfill(1);
          told.fill();
          expect(await rowsOf(table, shape)).toEqual(told.rows());
          expect(await migration.mismatches(1)).toBe(0);
        },
      ),
      // A failure of 300 acts is read by its first difference; shrinking it would take an hour.
      { numRuns: 4, endOnFailure: true },
    );
  });
});

/** Backfill, then the read switch, and back from it. */
async function move(
  migration: MigrationUnderTest,
  told: Told,
  station: number,
  way: 'on' | 'back',
): Promise<number> {
  if (way === 'back') {
    if (station !== 2) return station;
    await migration.undo('read-switch');
    told.authority = 'old';
    return 1;
  }
  if (station === 0) {
    await migration.backfill(1);
    told.fill();
  }
  if (station === 1) {
    await migration.apply('read-switch');
    told.authority = 'new';
  }
  return Math.min(2, station + 1);
}
