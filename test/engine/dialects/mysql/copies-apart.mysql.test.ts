import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phaseOf, type Unit } from '../../../../engine/plan/plan.ts';
import { runUnits } from '../../../../lambdas/steps/units.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { toolsOver, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { acts, type Rows } from './client-acts.ts';
import { copied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';

describe.skipIf(!hasMysql())('a table and its copy that are not alike, or are about to part', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const fresh = (columns: string, rows: string): Promise<unknown> =>
    db.sql.query(
      `DROP TABLE IF EXISTS live, live_underpin_new, live_underpin_old, live_underpin_side; CREATE TABLE live (${columns}); INSERT INTO live VALUES ${rows}`,
    );
  const words = () => rowsOf(db, 'SELECT id, word FROM live ORDER BY id');

  /** The first units of a phase's undo, or of its run. */
  async function some(
    { plan, claim }: MigrationUnderTest,
    phase: 'dual-write' | 'contract',
    units: number,
  ): Promise<void> {
    const { run, undo } = phaseOf(plan, phase);
    const all: readonly Unit[] = 'irreversible' in undo ? run : undo;
    const direction = 'irreversible' in undo ? 'run' : 'undo';
    await runUnits(toolsOver(db.database), claim, phase, direction, all.slice(0, units), 2000);
  }

  test('a DELETE is not refused by what triggers that are gone already did not follow', async () => {
    await fresh(
      'a INT, b INT, word VARCHAR(9), PRIMARY KEY (a, b), UNIQUE KEY by_word (word)',
      "(1, 2, 'x'), (3, 2, 'z')",
    );
    const migration = await widenOn(db, 'live', { column: 'a' });
    await copied(migration);
    // Those of INSERT and UPDATE.
    await some(migration, 'dual-write', 2);
    await db.sql.query(
      "UPDATE live SET word = 'y' WHERE a = 1; INSERT INTO live VALUES (3, 4, 'x'); DELETE FROM live WHERE a = 3 AND b = 4",
    );
    expect(await rowsOf(db, 'SELECT a, b, word FROM live ORDER BY a')).toEqual([
      [1, 2, 'y'],
      [3, 2, 'z'],
    ]);
    await migration.undo('dual-write', 'expand');
    expect(await leftovers(db)).toEqual([]);
  });

  // A row whose key changes in a part that no client knows: the follower has it by its former key.
  const apart = [
    ...acts,
    { sql: (id: number) => `UPDATE live SET part = 1 - part WHERE id = ${id}`, says: () => {} },
  ];
  const [insert, remove, renamed, parted] = [0, 3, 4, acts.length];
  // Behind the trigger of UPDATE, one row takes the word of another, and goes: two rows of the follower are in its way.
  const inTheWay = [
    [
      { act: insert, id: 3, word: 'c' },
      { act: insert, id: 5, word: 'e' },
    ],
    [{ act: insert, id: 6, word: 'd' }],
    [
      { act: renamed, id: 1, word: 'b' },
      { act: parted, id: 3, word: '' },
      { act: renamed, id: 3, word: 'a' },
      { act: remove, id: 3, word: '-' },
    ],
    [{ act: insert, id: 3, word: 'c' }],
  ];

  test('no write is refused, and none is lost, while triggers go one by one', async () => {
    const act = fc.record({
      act: fc.integer({ min: 0, max: apart.length - 1 }),
      id: fc.integer({ min: -3, max: 6 }),
      word: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('dual-write' as const, 'contract' as const),
        fc.array(fc.array(act, { minLength: 2, maxLength: 8 }), { minLength: 4, maxLength: 4 }),
        async (phase, rounds) => {
          await fresh(
            'id INT, word VARCHAR(9) NOT NULL, part INT NOT NULL DEFAULT 0, PRIMARY KEY (id, part), UNIQUE KEY by_word (word), UNIQUE KEY by_id (id)',
            "(1, 'a', 0)",
          );
          const told: Rows = new Map([[1, 'a']]);
          const migration = await widenOn(db, 'live');
          await copied(migration);
          if (phase === 'contract') await migration.apply('swap');
          for (const [gone, round] of rounds.entries()) {
            await some(migration, phase, phase === 'contract' ? gone + 1 : gone);
            for (const { act: at, id, word } of round) {
              await db.sql.query(apart[at]?.sql(id, word) ?? '');
              apart[at]?.says(told, id, word);
            }
            expect(await words()).toEqual([...told].toSorted(([one], [other]) => one - other));
          }
        },
      ),
      {
        numRuns: 8,
        examples: [
          ['dual-write', inTheWay],
          ['contract', inTheWay],
        ],
      },
    );
  });

  test.each(['before', 'after'])(
    'TRUNCATE %s the swap lets nobody be refused, the comparison finds its rows, and what was told is kept',
    async (when) => {
      await fresh(
        'id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(9) NOT NULL, UNIQUE KEY by_word (word)',
        "(1, 'a'), (2, 'b'), (3, 'c'), (4, 'left')",
      );
      const migration = await widenOn(db, 'live');
      await copied(migration);
      if (when === 'after') await migration.apply('swap');
      await db.sql.query(
        "TRUNCATE TABLE live; INSERT INTO live VALUES (1, 'b'); INSERT INTO live VALUES (7, 'c'); UPDATE live SET word = 'a' WHERE id = 1",
      );
      const told = [
        [1, 'a'],
        [7, 'c'],
      ];
      expect(await words()).toEqual(told);
      // What stood in somebody's way has gone; the rest is found.
      if (when === 'after') {
        const reconciled = await migration.walk('check', { purpose: 'reconcile', n: 1 });
        expect(reconciled).toMatchObject({ changed: 1 });
        await migration.apply('contract');
        expect(await words()).toEqual(told);
        return;
      }
      expect(await migration.mismatches()).toBe(1);
      await migration.undo('verify', 'backfill', 'dual-write', 'expand');
      await copied(migration);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('swap', 'contract');
      expect(await words()).toEqual(told);
    },
  );
});
