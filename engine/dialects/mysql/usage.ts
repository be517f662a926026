import * as z from 'zod';
import type { Database } from '../../database/database.ts';
import type { Usage, UsedColumns } from '../usage.ts';
import { describeMentions, describeTableMentions, describeTriggersBehind } from './mentions.ts';
import { describeViews } from './tables.ts';

const named = z.object({ what: z.string() });

/** What MySQL's catalog knows of columns or a table that go. Its statements are not counted yet, and that is said. */
export function usage(database: Database, { table, columns }: UsedColumns): Usage {
  const all = async (
    statements: readonly ReturnType<typeof describeMentions>[],
  ): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const statement of statements)
      found.push(...(await database.rows(statement, named)).map(({ what }) => what));
    return found;
  };
  return {
    note: () => Promise.resolve(),
    statements: () =>
      Promise.resolve({ kind: 'unmeasured', why: 'the statements of MySQL are not counted yet' }),
    triggersBehind: (to) => all(columns.map((column) => describeTriggersBehind(table, column, to))),
    bound: () => Promise.resolve([]),
    catalog: async () => ({
      dependents: await all(
        columns.length === 0
          ? [describeViews(table), describeTableMentions(table)]
          : columns.map((column) => describeMentions(table, column)),
      ),
      functions: [],
      notes: ['views, routines, triggers and events are judged by the words in them'],
    }),
  };
}
