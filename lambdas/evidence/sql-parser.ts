import { loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query';
import type { SqlParser } from '../../engine/dialects/postgres/naming/function-naming.ts';

/** PostgreSQL's own parser, as WebAssembly: 1.7 MB that lie beside the one handler which needs it. */
export async function sqlParser(): Promise<SqlParser> {
  await loadModule();
  return { sql: parseSync, plpgsql: parsePlPgSQLSync };
}
