import type { Statement } from '../../database.ts';

/**
 * Sessions of this database that wait for a lock, and the worst replay lag of its replicas (null without replicas).
 * Aurora's readers do not show in pg_stat_replication; where its own function is there, it is asked through a query
 * that only then is parsed.
 */
export const probeHealth: Statement = {
  text: `SELECT json_build_object(
  'blockedSessions', (SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND wait_event_type = 'Lock'),
  'replicaLagMs', CASE WHEN to_regproc('aurora_replica_status') IS NOT NULL
    THEN (xpath('/table/row/lag/text()', query_to_xml(
           'SELECT max(replica_lag_in_msec) AS lag FROM aurora_replica_status()', false, false, '')))[1]::text::float8
    ELSE (SELECT extract(epoch FROM max(replay_lag)) * 1000 FROM pg_stat_replication) END)::text`,
};
