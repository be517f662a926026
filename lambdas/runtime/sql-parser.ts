import type { SqlParser } from '../../engine/database/sql-parser.ts';

/** PostgreSQL's own parser, as WebAssembly: 1.7 MB that lie beside the handlers which need it, read when it is first needed. */
export async function sqlParser(): Promise<SqlParser> {
  const { loadModule, parsePlPgSQLSync, parseSync } = await import('libpg-query');
  await loadModule();
  return { sql: parseSync, plpgsql: parsePlPgSQLSync };
}
