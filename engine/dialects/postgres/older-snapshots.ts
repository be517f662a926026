import type { Statement } from '../../database/database.ts';
import { dollarQuoted, literal } from './quote.ts';

/** What is noted once a walk, or a sweep, has had its answer: by then it is committed, however long a standby kept it waiting. */
const answeredAt = (migration: string): string => `coalesce((
      SELECT min(e.happened_at) FROM underpin.event AS e
      WHERE e.migration = ${migration} AND e.happened_at > w.written_at
        AND (e.what = 'evidence' OR e.what = 'running' AND e.detail ->> 'phase' <> 'backfill')
    ), 'infinity')`;

/**
 * Sessions whose snapshot may be of before the last row was filled. A row version tells by its number who wrote it: a snapshot
 * sees everybody below its own xmin. Others may have kept that low, so it must also have begun before that was committed.
 */
const olderSnapshots = (migration: string): string => `SELECT FROM pg_stat_activity AS a
    JOIN (
      SELECT xmin AS written_by, updated_at AS written_at FROM underpin.checkpoint
      WHERE migration = ${migration} AND purpose IN ('backfill', 'repair')
      UNION ALL SELECT swept_by::xid, swept_at FROM underpin.migration WHERE name = ${migration} AND swept_at IS NOT NULL
    ) AS w ON age(w.written_by) <= age(a.backend_xmin) AND a.xact_start < ${answeredAt(migration)}
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'`;

/**
 * Whoever has a snapshot of before the last row was copied would find the new table without it, and the new column NULL: it
 * is waited for like a lock.
 * By hand there is no ledger, and nobody knows when that was.
 */
export function noOlderSnapshot(migration: string): string {
  const body = `BEGIN
  IF to_regclass('underpin.checkpoint') IS NOT NULL AND EXISTS (
    ${olderSnapshots(literal(migration))}) THEN
    RAISE lock_not_available USING MESSAGE = 'a transaction that began before the last row was copied is still open';
  END IF;
END`;
  return `DO ${dollarQuoted(body, 'snapshots')}`;
}

export const findOlderSnapshots = (migration: string): Statement => ({
  text: `SELECT json_build_object('gives', EXISTS (
    ${olderSnapshots(':migration')}))::text`,
  parameters: { migration },
});
