import type { Database } from './database.ts';
import type { SqlParser } from './sql-parser.ts';

/** What a migration is planned with: a database to ask, and the parser of its engine. */
export interface PlanningDatabase {
  readonly database: Database;
  readonly parser: SqlParser;
}
