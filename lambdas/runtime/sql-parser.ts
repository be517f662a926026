import { loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query';
import type { SqlParser } from '../../engine/database/sql-parser.ts';

/** PostgreSQL's own parser, as WebAssembly: 1.7 MB that lie beside the handlers which need it. */
export async function sqlParser(): Promise<SqlParser> {
  await loadModule();
  return { sql: parseSync, plpgsql: parsePlPgSQLSync };
}
