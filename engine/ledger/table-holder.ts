import * as z from 'zod';
import type { TableName } from '../spec/table-name.ts';

/** The migration that a table belongs to until it ends. */
export const tableHolder = z.object({
  migration: z.string(),
  status: z.string(),
  phase: z.string(),
  /** Whether anything of it stands in the database. */
  stands: z.boolean(),
});
export type TableHolder = z.infer<typeof tableHolder>;

/** Why another migration cannot have the table now, and what to do. */
export function wordsOfHolder(table: TableName, { migration, status, phase, stands }: TableHolder): string {
  const isRunning = status === 'running';
  const state = isRunning
    ? `running, in ${phase}`
    : `${status}${stands ? ', its new shape still stands' : ''}`;
  const remedy = isRunning
    ? `Let it end, or abort it (\`underpin abort ${migration}\`); if its execution was stopped, start it again first.`
    : `Start ${migration} again and let it complete, or let it go back with \`onRollback: remove\`.`;
  return (
    `${table.schema}.${table.name} belongs to the migration ${migration} (${state}), and of two migrations on one table ` +
    `each would miss writes of the other. Nothing was changed. ${remedy}`
  );
}
