import * as z from 'zod';
import { column, indexFacts, tableFacts } from '../../catalog/facts.ts';
import { tableStatistics } from '../../catalog/statistics.ts';
import { one, type Database, type Statement } from '../../database/database.ts';
import type { Inspector } from '../inspector.ts';
import { describeColumns, describeKey, describeTable, describeTriggers, listTables } from './catalog.ts';
import { describeIndexes, takenNames } from './indexes.ts';
import { ladderProcedure } from './ladder-procedure.ts';
import { partly } from './not-yet.ts';
import { settledPhases } from './settled.ts';
import { describeStatistics } from './statistics.ts';
import { heirsOf, retypedOf, triedRule } from './tried.ts';
import { countViolations } from './violations.ts';

const named = z.object({ name: z.string() });
const tableName = z.object({ schema: z.string(), name: z.string() });
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
      columns: (table) => database.rows(describeColumns(table), column),
      key: (table) => database.rows(describeKey(table), keyColumn),
      beforeTriggers: (table) => names(describeTriggers(table)),
      // Nothing takes a column's place yet, and what hangs on it keeps it when it is changed in its place.
      dependents: () => Promise.resolve([]),
      mentions: () => Promise.resolve([]),
      takenNames: (table, wanted) => names(takenNames(table, wanted)),
      prepareHeirs: () => database.run({ text: ladderProcedure.create, catalogOnly: true }),
      heirs: (likeness) => heirsOf(database, likeness),
      retyped: (table, of, type) => retypedOf(database, table, of, type),
      tryRule: (table, made) => triedRule(database, table, made),
      violations: (table, key, forbidden) => one(database, countViolations(table, key, forbidden), violated),
      // Expressions of the author's are not run yet, so no session decides what they mean.
      sessionSettings: () => Promise.resolve({}),
      settled: (migration, table, phases) => settledPhases(database, migration, table, phases),
      indexes: (table) => database.rows(describeIndexes(table), indexFacts),
      statistics: (table) => one(database, describeStatistics(table), tableStatistics),
    },
    'SQL of the author, and a column that takes the place of another',
  );
};
