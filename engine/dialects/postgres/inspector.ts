import * as z from 'zod';
import { attachedObject, dependent, leavingColumn } from '../../catalog/dependent-objects.ts';
import { column, indexFacts, tableFacts } from '../../catalog/facts.ts';
import { foreignKey, inheritedFacts } from '../../catalog/inherited-facts.ts';
import { copiedFacts } from '../../catalog/copied.ts';
import { movedFacts } from '../../catalog/moved.ts';
import { partition } from '../../catalog/partitions.ts';
import { referrer } from '../../catalog/referrers.ts';
import { tableStatistics } from '../../catalog/statistics.ts';
import { one, type Database } from '../../database/database.ts';
import { tableName } from '../../spec/table-name.ts';
import type { Inspector } from '../inspector.ts';
import { askBuildTimeouts } from './build-timeouts.ts';
import {
  describeColumns,
  describeKey,
  describeTable,
  describeTaken,
  describeTriggers,
  listTables,
  tryExpression,
} from './catalog.ts';
import { planRemade } from './dependents/remade.ts';
import { planDependents } from './dependents/replaced.ts';
import { describeDependents } from './column-dependents.ts';
import { describeCopied } from './copies/describe-copied.ts';
import { tryStatements } from './copies/shadow.ts';
import { readConversion } from './conversions/conversion-fault.ts';
import { installReads } from './conversions/reads.ts';
import { installEvaluated } from './evaluated.ts';
import { countDuplicates } from './duplicates.ts';
import { describeHanging, describeTableMentions } from './hanging.ts';
import { describeIndexes } from './indexes.ts';
import { describeForeignKeys } from './inherited-foreign-keys.ts';
import { describeReferrers } from './referrers.ts';
import { askLikeness, installLikeness } from './likeness.ts';
import { describeLeavingColumn } from './leaving.ts';
import { askSides, installSides } from './sides.ts';
import { describePartitions } from './partition-indexes.ts';
import { installPartitionIndexes } from './partition-index-functions.ts';
import { askRetyped, installRetyped } from './retyped.ts';
import { askSessionSettings, sessionSettings } from './session-settings.ts';
import { mergesViewsSince } from './alias-view.ts';
import { columnMentions } from './usage/column-mentions.ts';
import { throughView } from './usage/through-view.ts';
import { describeMoved } from './describe-moved.ts';
import { describeStatistics } from './statistics.ts';
import { installTriedRule, tryRule } from './tried-rule.ts';
import { openPathWarnings } from './open-path.ts';
import { countViolations } from './violations.ts';
import { describeWalkFaults, walkFault } from './walk-faults.ts';

const named = z.object({ name: z.string() });
const buildTimeout = z.object({ says: z.string(), remedy: z.string() });
const keyColumn = z.object({ name: z.string(), type: z.string() });
const duplicated = z.object({
  groups: z.number(),
  rows: z.number(),
  more: z.boolean(),
  writes: z.boolean(),
});

const printed = z.object({ printed: z.string() });
const violated = z.object({
  rows: z.number(),
  more: z.boolean(),
  keys: z.array(z.string()),
  writes: z.boolean(),
});

const retyped = z.object({
  there: z.boolean(),
  back: z.boolean(),
  old: z.string(),
  type: z.string().nullable(),
});

/** What PostgreSQL's catalog and statistics are asked. */
export const inspector = (database: Database): Inspector => {
  const names = async (statement: ReturnType<typeof describeTriggers>): Promise<readonly string[]> =>
    (await database.rows(statement, named)).map(({ name }) => name);
  return {
    tables: () => database.rows(listTables(), tableName),
    table: async (name) => (await database.rows(describeTable(name), tableFacts))[0],
    partitions: (table) => database.rows(describePartitions(table), partition),
    columns: (table) => database.rows(describeColumns(table), column),
    key: (table, by) => database.rows(describeKey(table, by), keyColumn),
    beforeTriggers: (table) => names(describeTriggers(table)),
    dependents: (table, of) => database.rows(describeDependents(table, of), dependent),
    mentions: (table, of, parser) => columnMentions({ database, table, column: of }, parser),
    hanging: (table) => database.rows(describeHanging(table), attachedObject),
    tableMentions: (table) => names(describeTableMentions(table)),
    throughView: (table, { key, version }, parser) =>
      throughView(
        database,
        { table, key: key.map(({ name }) => name), mergesViews: version >= mergesViewsSince },
        parser,
      ),
    leaving: (table, of) => one(database, describeLeavingColumn(table, of), leavingColumn),
    takenNames: (table, wanted) => names(describeTaken(table, wanted)),
    // Indexes, constraints and tables have their names in common.
    takenTables: (table, wanted) => names(describeTaken(table, wanted)),
    tryExpression: (table, expression) => database.run(tryExpression(table, expression)),
    conversion: (of, parser) => readConversion(database, parser, of),
    prepareConversions: () => database.run(installReads),
    prepareHeirs: async () => {
      await database.run(installEvaluated);
      await database.run(installLikeness);
      await database.run(installTriedRule);
      await database.run(installSides);
      await database.run(installRetyped);
      await database.run(installPartitionIndexes);
    },
    heirs: async (likeness) => [
      ...(await database.rows(askLikeness(likeness), inheritedFacts)),
      ...(likeness.from === null
        ? []
        : await database.rows(describeForeignKeys(likeness.table, likeness.from, likeness.to), foreignKey)),
    ],
    sides: (sides) => database.rows(askSides(sides), inheritedFacts),
    retyped: (table, of, type) => one(database, askRetyped(table, of, type), retyped),
    buildTimeouts: () => database.rows(askBuildTimeouts, buildTimeout),
    sessionSettings: (of) => one(database, askSessionSettings(of), sessionSettings),
    duplicates: (table, converted, index, mostRows) =>
      one(database, countDuplicates(table, converted, index, mostRows), duplicated),
    tryRule: async (table, made) => (await one(database, tryRule(table, made), printed)).printed,
    violations: (table, key, forbidden) => one(database, countViolations(table, key, forbidden), violated),
    // PostgreSQL does what it is told, and each statement says how.
    settled: async (_migration, table, phases) => ({
      phases,
      warnings: await openPathWarnings(database, table, phases),
    }),
    // Who owns a table and may make a schema may all of it.
    requirementFaults: () => Promise.resolve([]),
    // What a trigger of the user's does at an UPDATE, it does at the backfill's, too.
    walkFaults: (table) => database.rows(describeWalkFaults(table), walkFault),
    indexes: (table) => database.rows(describeIndexes(table), indexFacts),
    // Everybody reads its catalog.
    unseen: () => Promise.resolve([]),
    // Its types change by a second column.
    copyHindrances: () => Promise.resolve({ faults: [], warnings: [], keys: [] }),
    copied: (table) => one(database, describeCopied(table), copiedFacts),
    referrers: (table, of) => database.rows(describeReferrers(table, of), referrer),
    moved: (table, to) => one(database, describeMoved(table, to), movedFacts),
    tryStatements: (statements) => database.run({ text: tryStatements(statements), catalogOnly: true }),
    dependentsPlanned: (asked, parser) => planDependents(database, asked, parser),
    dependentsRemade: (asked, parser) => planRemade(database, asked, parser),
    statistics: (table, of) => one(database, describeStatistics(table, of), tableStatistics),
  };
};
