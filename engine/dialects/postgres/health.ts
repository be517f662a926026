import type { Statement } from '../../database/database.ts';

/**
 * Sessions of this database that wait for a lock (a worker's call that waits for the one before it is none), the worst replay lag of its replicas (null without replicas), and
 * whether that lag is hidden from the role. What others wait for is NULL in pg_stat_activity for a role without
 * pg_read_all_stats, which would look like peace; pg_locks and the database of each session are shown to everybody.
 * Aurora's readers do not show in pg_stat_replication; where its own function is there, it is asked through a query
 * that only then is parsed.
 */
export const probeHealth: Statement = {
  text: `SELECT json_build_object(
  'blockedSessions', (SELECT count(DISTINCT pid) FROM pg_locks
                      WHERE NOT granted
                        AND pid NOT IN (SELECT pid FROM pg_locks
                                        WHERE locktype = 'tuple' AND relation = to_regclass('underpin.checkpoint'))
                        AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())),
  'replicaLagHidden', to_regproc('aurora_replica_status') IS NULL
    AND EXISTS (SELECT FROM pg_stat_replication WHERE state IS NULL),
  'replicaLagMs', CASE WHEN to_regproc('aurora_replica_status') IS NOT NULL
    THEN (xpath('/table/row/lag/text()', query_to_xml(
           'SELECT max(replica_lag_in_msec) AS lag FROM aurora_replica_status()', false, false, '')))[1]::text::float8
    ELSE (SELECT extract(epoch FROM max(replay_lag)) * 1000 FROM pg_stat_replication) END)::text`,
};
