import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { acts, type Rows } from './client-acts.ts';
import { justCopied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';
import { startClients } from './told-clients.ts';

type Step =
  { readonly act: number; readonly id: number; readonly word: string } | { readonly move: 'on' | 'back' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.integer({ min: 0, max: acts.length - 1 }),
      id: fc.integer({ min: -3, max: 6 }),
      word: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('on', 'on', 'back') }) },
);

describe.skipIf(!hasMysql())('writes of clients while a copy takes the name of their table', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const fresh = (columns: string): Promise<unknown> =>
    db.sql.query(
      `DROP TABLE IF EXISTS live, live_underpin_new, live_underpin_old, live_underpin_side; CREATE TABLE live (${columns})`,
    );

  /** The phases there, each with what takes it back. */
  const ways: readonly ((migration: MigrationUnderTest, back: boolean) => Promise<unknown>)[] = [
    (migration, back) =>
      back ? migration.undo('dual-write', 'expand') : migration.apply('expand', 'dual-write'),
    (migration, back) => (back ? migration.undo('backfill') : migration.backfill()),
    (migration, back) => (back ? migration.undo('swap', 'verify') : migration.apply('verify', 'swap')),
  ];

  test('both tables hold what the clients were told, whatever they send, there and back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        await fresh('id INT PRIMARY KEY, word VARCHAR(9) NOT NULL, UNIQUE KEY by_word (word)');
        await db.sql.query(`INSERT INTO live VALUES (1, 'a'), (2, 'b')`);
        const told: Rows = new Map([
          [1, 'a'],
          [2, 'b'],
        ]);
        const migration = await widenOn(db, 'live');
        let at = 0;
        for (const each of steps) {
          if ('act' in each) {
            const { act, id, word } = each;
            await db.sql.query(acts[act]?.sql(id, word) ?? '');
            acts[act]?.says(told, id, word);
          } else if (each.move === 'on' && at < ways.length) {
            await ways[at]?.(migration, false);
            at += 1;
          } else if (each.move === 'back' && at > 0) {
            at -= 1;
            await ways[at]?.(migration, true);
          }
          const asTold = [...told].toSorted(([one], [other]) => one - other);
          const rows = (table: string) => rowsOf(db, `SELECT id, word FROM ${table} ORDER BY id`);
          expect(await rows('live')).toEqual(asTold);
          if (at >= 2)
            expect(await rows(at === 3 ? 'live_underpin_old' : 'live_underpin_new')).toEqual(asTold);
        }
        for (; at > 0; at -= 1) await ways[at - 1]?.(migration, true);
        expect(await leftovers(db)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('clients that write all the while lose nothing, meet no error, and are told the same there and back', async () => {
    await fresh("id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0, note VARCHAR(60) NOT NULL DEFAULT 'none'");
    const note = (value: string) => ({ note: value });
    const clients = await startClients(
      db,
      { table: 'live', old: note, new: note, none: 'none' },
      { connect: () => db.connect() },
    );
    try {
      const migration = await widenOn(db, 'live');
      await clients.during(justCopied(migration));
      expect(await migration.mismatches()).toBe(0);
      for (let times = 0; times < 4; times += 1) {
        await clients.during(migration.apply('swap'));
        await clients.during(Promise.resolve());
        await clients.during(migration.undo('swap'));
        await clients.during(Promise.resolve());
      }
      expect(await migration.mismatches()).toBe(0);
      await clients.during(migration.apply('swap'));
      const reconciled = await migration.walk('check', { purpose: 'reconcile', n: 1 });
      expect(reconciled).toMatchObject({ changed: 0 });
      await clients.during(migration.apply('contract'));
    } finally {
      await clients.end();
    }
    await clients.expectTold(db, 'old');
    expect(await leftovers(db)).toEqual([]);
  });
});
