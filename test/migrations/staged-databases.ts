import type { Engine } from '../../engine/dialects/engine.ts';
import type { StagedDatabase } from './staged-database.ts';
import { stagedMysql } from './staged-mysql.ts';
import { stagedPostgres } from './staged-postgres.ts';

export const stagedDatabases: { readonly [E in Engine]: () => Promise<StagedDatabase> } = {
  postgres: stagedPostgres,
  mysql: stagedMysql,
};
