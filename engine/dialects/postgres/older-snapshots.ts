import { dollarQuoted, literal } from './quote.ts';

/**
 * Whoever has a snapshot of before the last row was copied would find the new table without it, and the new column NULL: it
 * is waited for like a lock.
 * By hand there is no ledger, and nobody knows when that was.
 */
export function noOlderSnapshot(migration: string): string {
  const body = `BEGIN
  IF to_regclass('underpin.checkpoint') IS NOT NULL AND EXISTS (
    SELECT FROM pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
      AND a.backend_xmin IS NOT NULL
      AND a.xact_start < (SELECT max(updated_at) FROM underpin.checkpoint
                          WHERE migration = ${literal(migration)} AND purpose IN ('backfill', 'repair'))) THEN
    RAISE lock_not_available USING MESSAGE = 'a transaction that began before the last row was copied is still open';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'snapshots')}`;
}
