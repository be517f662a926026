import type { Statement } from '../../database/database.ts';

/** Sessions that wait for a lock of a row or of a table. How far replicas lag is not read. */
export const probeHealth: Statement = {
  text: `SELECT JSON_OBJECT(
  'blockedSessions', (SELECT COUNT(DISTINCT w.requesting_thread_id) FROM performance_schema.data_lock_waits AS w)
    + (SELECT COUNT(*) FROM performance_schema.metadata_locks AS m WHERE m.lock_status = 'PENDING'),
  'replicaLagHidden', CAST('false' AS JSON),
  'replicaLagMs', NULL)`,
};
