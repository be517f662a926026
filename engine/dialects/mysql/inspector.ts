import * as z from 'zod';
import { attachedObject } from '../../catalog/dependent-objects.ts';
import { column, indexFacts, tableFacts } from '../../catalog/facts.ts';
import { tableStatistics } from '../../catalog/statistics.ts';
import { one, type Database, type Statement } from '../../database/database.ts';
import { tableName } from '../../spec/table-name.ts';
import type { Inspector } from '../inspector.ts';
import { describeColumns, describeKey, describeTable, describeTriggers, listTables } from './catalog.ts';
import { copyHindrances } from './copies/copy-hindrances.ts';
import { describeIndexes, takenNames } from './indexes.ts';
import { hiddenKeys, unseenKeys } from './hidden-keys.ts';
import { walkFaults } from './hindrances.ts';
import { ladderProcedure } from './ladder-procedure.ts';
import { keptFor, leavingOf } from './leaving.ts';
import { describeMentions, describeTableMentions } from './mentions.ts';
import { partly } from './not-yet.ts';
import { requirementFaults, writingFaults } from './requirements.ts';
import { settledPhases } from './settled.ts';
import { triedSides } from './tried-sides.ts';
import { describeStatistics } from './statistics.ts';
import { describeHanging, takenTables } from './tables.ts';
import { heirsOf, retypedOf, triedRule } from './tried.ts';
import { triedExpression } from './read-expression.ts';
import { countViolations } from './violations.ts';

const mentioned = z.object({ what: z.string() });
const named = z.object({ name: z.string() });
const keyColumn = z.object({ name: z.string(), type: z.string() });
const violated = z.object({
  rows: z.number(),
  more: z.boolean(),
  keys: z.array(z.string()),
  writes: z.boolean(),
});

/** What MySQL's catalog is asked. */
export const inspector = (database: Database): Inspector => {
  const names = async (statement: Statement): Promise<readonly string[]> =>
    (await database.rows(statement, named)).map(({ name }) => name);
  return partly<Inspector>(
    {
      tables: () => database.rows(listTables(), tableName),
      table: async (name) => (await database.rows(describeTable(name), tableFacts))[0],
      partitions: () => Promise.resolve([]),
      columns: (table) => database.rows(describeColumns(table), column),
      key: async (table, by) => (by === 'place' ? [] : database.rows(describeKey(table), keyColumn)),
      beforeTriggers: (table) => names(describeTriggers(table)),
      // Of a column whose place others take, it is asked with its heirs.
      dependents: (table, of, replaced) => (replaced ? Promise.resolve([]) : keptFor(database, table, of)),
      leaving: (table, of) => leavingOf(database, table, of),
      hanging: async (table) => [
        ...(await database.rows(describeHanging(table), attachedObject)),
        ...((await hiddenKeys(database, table)) ?? []).map(
          (what) => ({ kind: 'referring key', what, table: null }) as const,
        ),
      ],
      unseen: (table) => unseenKeys(database, table),
      tableMentions: async (table) =>
        (await database.rows(describeTableMentions(table), mentioned)).map(({ what }) => what),
      mentions: async (table, of) =>
        (await database.rows(describeMentions(table, of), mentioned)).map(({ what }) => ({
          what,
          trigger: what.startsWith('trigger '),
          naming: 'mentions' as const,
        })),
      takenNames: (table, wanted) => names(takenNames(table, wanted)),
      throughView: () =>
        Promise.resolve({
          unmeasured: 'statements of MySQL are not looked at for what a view refuses',
          statements: [],
          functions: [],
        }),
      takenTables: (table, wanted) => names(takenTables(table, wanted)),
      prepareHeirs: () => database.run({ text: ladderProcedure.create, catalogOnly: true }),
      heirs: (likeness) => heirsOf(database, likeness),
      sides: (sides) => triedSides(database, sides),
      // No setting of MySQL's ends a change of a table or a trigger that is made.
      buildTimeouts: () => Promise.resolve([]),
      copyHindrances: (table, of) => copyHindrances(database, table, of),
      retyped: (table, of, type) => retypedOf(database, table, of, type),
      tryRule: (table, made) => triedRule(database, table, made),
      // A unique index goes only where no two values become one.
      duplicates: () => Promise.resolve({ groups: 0, rows: 0, more: false, writes: false }),
      violations: (table, key, forbidden) => one(database, countViolations(table, key, forbidden), violated),
      tryExpression: (table, expression) => triedExpression(database, table, expression),
      // What it may call gives one row one value (expression.ts).
      prepareConversions: () => Promise.resolve(),
      conversion: () => Promise.resolve({ fault: undefined, isFree: true, isOfMoments: false }),
      // A function keeps the mode that it was made under; nothing that it may call asks for more.
      sessionSettings: () => Promise.resolve({}),
      settled: (migration, table, phases) => settledPhases(database, migration, table, phases),
      requirementFaults: (table) => requirementFaults(database, table),
      walkFaults: async (table) => [
        ...(await writingFaults(database, table)),
        ...(await walkFaults(database, table)),
      ],
      indexes: (table) => database.rows(describeIndexes(table), indexFacts),
      statistics: (table) => one(database, describeStatistics(table), tableStatistics),
    },
    'SQL of the author, and a column that takes the place of another',
  );
};
