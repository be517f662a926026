import type { Database } from '../database/database.ts';
import type { Engine } from './engine.ts';
import type { Usage, UsedColumns } from './usage.ts';

const load: { readonly [E in Engine]: () => Promise<(database: Database, used: UsedColumns) => Usage> } = {
  postgres: async () => (await import('./postgres/usage/usage.ts')).usage,
  mysql: async () => (await import('./mysql/usage.ts')).usage,
};

/** Who still uses columns or a table. What reads other people's SQL is imported when somebody asks that, and by no dialect. */
export const loadUsage = async (database: Database, used: UsedColumns): Promise<Usage> =>
  (await load[database.dialect.engine]())(database, used);
