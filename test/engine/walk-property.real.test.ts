import * as fc from 'fast-check';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

let db: DatabaseUnderTest;
let writers: readonly Client[];
beforeAll(async () => {
  db = await databaseUnderTest();
  writers = await Promise.all([db.connect(), db.connect()]);
});
afterAll(() => db.close());

const key = fc.integer({ min: 0, max: 40 });
const table = fc.record({
  /** How a number becomes a key. */
  keyed: fc.constantFrom(
    { type: 'int', of: (n: number) => String(n) },
    { type: 'text', of: (n: number) => `'${n * 7}'` },
    { type: 'numeric', of: (n: number) => `${n}.${n % 10}0` },
  ),
  kind: fc.constantFrom('rename-column', 'change-type'),
  by: fc.constantFrom('key', 'place'),
  keys: fc.uniqueArray(key, { maxLength: 40 }),
  shards: fc.integer({ min: 1, max: 5 }),
  rows: fc.integer({ min: 1, max: 9 }),
  /** For each writer, what it does while the walk is on. */
  writes: fc.tuple(
    ...[1, 2].map(() =>
      fc.array(
        fc.record({
          does: fc.constantFrom('old', 'new', 'insert', 'delete', 'move'),
          key,
          value: fc.option(fc.integer({ min: 0, max: 99 })),
        }),
        { maxLength: 60 },
      ),
    ),
  ),
});

const changes = {
  'rename-column': { kind: 'rename-column', from: 'a', to: 'b' },
  'change-type': {
    kind: 'change-type',
    column: 'a',
    to: 'b',
    type: 'numeric(9,3)',
    up: 'a / 10.0',
    down: 'round(b * 10)::int',
  },
} as const;

let count = 0;
test('whatever is written during the walk, every row agrees after it', async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ keyed, kind, by, keys, shards, rows, writes }) => {
      const name = `q${(count += 1)}`;
      await db.sql.query(`CREATE TABLE ${name} (k ${keyed.type} PRIMARY KEY, a int)`);
      for (const each of keys) await db.sql.query(`INSERT INTO ${name} VALUES (${keyed.of(each)}, ${each})`);
      const migration = await migrationUnderTest(db.database, name, {
        table: `public.${name}`,
        change: changes[kind],
        backfill: { by },
      });
      await migration.apply('expand', 'dual-write');
      const statement = {
        old: (k: string, v: string) => `UPDATE ${name} SET a = ${v} WHERE k = ${k}`,
        // NULL over NULL cannot be told from nothing written while the row waits for the backfill.
        new: (k: string, v: string) => `UPDATE ${name} SET b = coalesce(${v}, 5) WHERE k = ${k}`,
        insert: (k: string, v: string) =>
          `INSERT INTO ${name} (k, a) VALUES (${k}, ${v}) ON CONFLICT DO NOTHING`,
        delete: (k: string) => `DELETE FROM ${name} WHERE k = ${k}`,
        move: (
          k: string,
          v: string,
        ) => `UPDATE ${name} SET k = ${keyed.of(50 + Number(v === 'NULL' ? 0 : v))} WHERE k = ${k}
          AND NOT EXISTS (SELECT FROM ${name} WHERE k = ${keyed.of(50 + Number(v === 'NULL' ? 0 : v))})`,
      };
      const walk = async () => {
        for (const shard of await migration.cut('backfill', shards))
          while ((await step(migration, 'batch', { walk: 'backfill', shard, rows })).state === 'going');
      };
      const write = async (client: Client, list: (typeof writes)[number]) => {
        for (const { does, key: k, value } of list)
          // Two moves to one key at once: the second may be refused, and nothing is written then.
          await client
            .query(statement[does](keyed.of(k), String(value ?? 'NULL')))
            .catch((error: { code: string }) => expect(error.code).toBe('23505'));
      };
      await Promise.all([walk(), ...writers.map((client, at) => write(client, writes[at] ?? []))]);
      const moved = writes.flat().some(({ does }) => does === 'move');
      // A row whose key moves behind the checkpoint before its turn is missed by a walk by key; verification and repair are for it.
      if (moved && by === 'key') await migration.walk('batch', 'repair', shards);
      expect(await migration.mismatches(shards)).toBe(0);
      const apart =
        kind === 'rename-column'
          ? 'a IS DISTINCT FROM b'
          : '(b IS NULL) <> (a IS NULL) OR a <> round(b * 10)';
      expect((await db.sql.query(`SELECT * FROM ${name} WHERE ${apart}`)).rows).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
