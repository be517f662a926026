import * as z from 'zod';
import { column, tableFacts } from '../../catalog/facts.ts';
import { tableStatistics } from '../../catalog/statistics.ts';
import { one, type Database } from '../../database/database.ts';
import type { Inspector } from '../inspector.ts';
import { describeColumns, describeKey, describeTable, describeTriggers, listTables } from './catalog.ts';
import { partly } from './not-yet.ts';
import { describeStatistics } from './statistics.ts';

const named = z.object({ name: z.string() });
const tableName = z.object({ schema: z.string(), name: z.string() });
const keyColumn = z.object({ name: z.string(), type: z.string() });

/** What MySQL's catalog is asked. */
export const inspector = (database: Database): Inspector =>
  partly<Inspector>(
    {
      tables: () => database.rows(listTables(), tableName),
      table: async (name) => (await database.rows(describeTable(name), tableFacts))[0],
      columns: (table) => database.rows(describeColumns(table), column),
      key: (table) => database.rows(describeKey(table), keyColumn),
      beforeTriggers: async (table) =>
        (await database.rows(describeTriggers(table), named)).map(({ name }) => name),
      statistics: (table) => one(database, describeStatistics(table), tableStatistics),
      // Nothing is installed for questions about columns that take the place of others: those are not asked yet.
      prepareHeirs: () => Promise.resolve(),
    },
    'SQL of the author, and a column that takes the place of another',
  );
