import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { oldValueInUnits } from './sample-changes.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** The old shape is an integer of cents; the new one the same integer, or a decimal that can hold more. */
interface Shape {
  readonly change: Readonly<Record<string, string>>;
  /** What a new application writes. */
  readonly inNew: (cents: number) => string;
  readonly invariant: string;
}
const shapes: readonly Shape[] = [
  {
    change: { kind: 'rename-column', from: 'old_value', to: 'new_value' },
    inNew: (cents) => String(cents),
    invariant: 'old_value IS NOT DISTINCT FROM new_value',
  },
  {
    change: oldValueInUnits,
    inNew: (cents) => `${cents}.37 / 100`,
    invariant: `new_value IS NOT DISTINCT FROM (old_value / 100.0)::numeric(14,4)
      OR (new_value IS NOT NULL AND old_value IS NOT DISTINCT FROM round(new_value * 100)::integer)`,
  },
];

const id = fc.integer({ min: 1, max: 6 });
const value = fc.option(fc.integer({ min: 0, max: 9 }), { freq: 4 });
const write = fc.record({
  does: fc.constantFrom(
    'insert',
    'update',
    'upsert',
    'touch',
    'delete',
    ...(inject('postgresVersion') < 15 ? [] : ['merge' as const]),
  ),
  by: fc.constantFrom('old', 'new', 'both'),
  id,
  value,
  /** What a client of both shapes writes to the other one when it disagrees. */
  other: fc.option(value, { freq: 2, nil: undefined }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;
const move = fc.record({ move: fc.constantFrom('on', 'on', 'on', 'back') });
const act = fc.oneof({ weight: 5, arbitrary: write }, { weight: 1, arbitrary: move });

/** The stations of a migration, forward; backward is the same way. Backfill is walked in whole. */
const stations = ['expand', 'dual-write', 'backfill', 'read-switch'] as const;

async function go(migration: MigrationUnderTest, at: number, way: string): Promise<number> {
  if (way === 'on') {
    const station = stations[at];
    if (station === undefined) return at;
    if (station === 'backfill') await migration.backfill(2);
    else await migration.apply(station);
    return at + 1;
  }
  const station = stations[at - 1];
  if (station === undefined) return at;
  await migration.undo(station);
  return at - 1;
}

function sqlOf(
  table: string,
  { does, by, id: key, value: cents, other }: Write,
  inNew: Shape['inNew'],
): string {
  const old = cents === null ? 'NULL' : String(cents);
  const others = other === undefined ? cents : other;
  const next = others === null ? 'NULL' : inNew(others);
  const set = [...(by === 'new' ? [] : [['old_value', old]]), ...(by === 'old' ? [] : [['new_value', next]])];
  const names = set.map(([name]) => name).join(', ');
  const values = set.map(([, text]) => text).join(', ');
  const assigned = set.map(([name, text]) => `${name} = ${text}`).join(', ');
  const excluded = set.map(([name]) => `${name} = excluded.${name}`).join(', ');
  if (does === 'delete') return `DELETE FROM ${table} WHERE id = ${key}`;
  if (does === 'touch') return `UPDATE ${table} SET note = note + 1 WHERE id = ${key}`;
  if (does === 'update') return `UPDATE ${table} SET ${assigned} WHERE id = ${key}`;
  if (does === 'insert')
    return `INSERT INTO ${table} (id, ${names}) VALUES (${key}, ${values}) ON CONFLICT DO NOTHING`;
  if (does === 'merge')
    return `MERGE INTO ${table} AS t USING (VALUES (${key})) AS s (id) ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET ${assigned} WHEN NOT MATCHED THEN INSERT (id, ${names}) VALUES (s.id, ${values})`;
  return `INSERT INTO ${table} (id, ${names}) VALUES (${key}, ${values}) ON CONFLICT (id) DO UPDATE SET ${excluded}`;
}

/** Who writes one shape alone finds there what was written. */
async function expectKept(
  table: string,
  { does, by, id: key, value: cents, other }: Write,
  inNew: Shape['inNew'],
) {
  if (by === 'both' || does === 'delete' || does === 'touch' || does === 'insert') return;
  const others = other === undefined ? cents : other;
  const wanted = by === 'old' ? (cents ?? 'NULL') : others === null ? 'NULL' : inNew(others);
  const { rows } = await db.sql.query(
    `SELECT ${by}_value AS held, (SELECT ${by}_value IS NOT DISTINCT FROM (${wanted})) AS kept FROM ${table} WHERE id = ${key}`,
  );
  expect(rows.every(({ kept }) => kept)).toBe(true);
}

const rowsOf = async (table: string, key: number): Promise<number> =>
  (await db.sql.query(`SELECT FROM ${table} WHERE id = ${key}`)).rowCount ?? 0;

let count = 0;
describe.each(shapes)('any writes between any phases of $change.kind', ({ change, inNew, invariant }) => {
  test('keep the two shapes of every row that was written or backfilled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 8, maxLength: 40 }), async (acts) => {
        const table = `p${(count += 1)}`;
        await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, old_value int, note int DEFAULT 0);
          INSERT INTO ${table} VALUES (1, 1), (2, 2), (3, NULL)`);
        const migration = await migrationUnderTest(db.database, table, { table: `public.${table}`, change });
        let at = 0;
        const written = new Set<number>();
        for (const each of acts) {
          if ('move' in each) {
            at = await go(migration, at, each.move);
            if (at < 2) written.clear();
          } else {
            const done = at < 2 ? { ...each, by: 'old' as const } : each;
            const before = await rowsOf(table, done.id);
            await db.sql.query(sqlOf(table, done, inNew));
            const after = await rowsOf(table, done.id);
            const wrote = after > 0 && !(done.does === 'insert' && before > 0);
            // A write that changes neither side leaves a converted row to the backfill; a new row never waits for it.
            if (wrote && at >= 2 && (before === 0 || change['up'] === undefined)) written.add(done.id);
            await expectKept(table, done, inNew);
          }
          if (at < 2) continue;
          const whole = at >= 3 ? 'true' : `id = ANY ('{${[...written].join()}}')`;
          const { rows: apart } = await db.sql.query(
            `SELECT * FROM ${table} WHERE NOT (${invariant}) AND ${whole}`,
          );
          expect(apart).toEqual([]);
          if (at >= 3 && 'move' in each) expect(await migration.mismatches(1)).toBe(0);
        }
      }),
      { numRuns: 25 },
    );
  });
});
