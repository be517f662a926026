import { RowRefused, StatementRefused } from './errors.ts';

/** What the database has against SQL of the author's; undefined where the SQL is not to blame. */
export function refusalOf(error: unknown): string | undefined {
  // Whatever it was tried on has no rows: it was a constant of the author's own that refused.
  if (error instanceof RowRefused) return `SQLSTATE ${error.sqlState}`;
  return error instanceof StatementRefused ? error.reason : undefined;
}
