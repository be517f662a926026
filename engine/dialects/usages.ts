import type { Database } from '../database/database.ts';
import type { Engine } from './engine.ts';
import { usage as mysqlUsage } from './mysql/usage.ts';
import { usage as postgresUsage } from './postgres/usage/usage.ts';
import type { Usage, UsedColumns } from './usage.ts';

const usages: { readonly [E in Engine]: (database: Database, used: UsedColumns) => Usage } = {
  postgres: postgresUsage,
  mysql: mysqlUsage,
};

/** Beside the dialect and not in it: what reads other people's SQL is carried by the tasks that ask, and by no other. */
export const usageOf = (database: Database, used: UsedColumns): Usage =>
  usages[database.dialect.engine](database, used);
