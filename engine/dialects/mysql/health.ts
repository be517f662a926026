import * as z from 'zod';
import type { Database, Statement } from '../../database/database.ts';
import { StatementRefused } from '../../database/errors.ts';
import { healthFacts, type HealthFacts } from '../../walk/health-facts.ts';

/** Sessions that wait for a lock of a row or of a table. How far replicas lag is not read. */
const probeHealth: Statement = {
  text: `SELECT JSON_OBJECT(
  'blockedSessions', (SELECT COUNT(DISTINCT w.requesting_thread_id) FROM performance_schema.data_lock_waits AS w)
    + (SELECT COUNT(*) FROM performance_schema.metadata_locks AS m WHERE m.lock_status = 'PENDING'),
  'replicaLagHidden', CAST('false' AS JSON),
  'replicaLagMs', NULL)`,
};

// Half of what rolls a migration back (RollbackSegmentHistoryListLength).
const longestHistory = 500_000;

const probeHistory: Statement = {
  text: `SELECT JSON_OBJECT('length', CAST(m.count AS SIGNED)) FROM information_schema.innodb_metrics AS m
WHERE m.name = 'trx_rseg_history_len' AND m.status = 'enabled'`,
};

/**
 * Versions of rows that nobody has purged yet: an old transaction keeps them, and each batch adds more. Null where there are few,
 * or where the role may not see them (PROCESS).
 */
export async function historyPressing(database: Database, limit = longestHistory): Promise<string | null> {
  try {
    const [found] = await database.rows(probeHistory, z.object({ length: z.number() }));
    return found !== undefined && found.length > limit
      ? `history list: ${found.length} transactions that are not purged, limit ${limit}`
      : null;
  } catch (error) {
    if (error instanceof StatementRefused) return null;
    throw error;
  }
}

export async function readHealth(database: Database): Promise<HealthFacts | undefined> {
  const [facts] = await database.rows(probeHealth, healthFacts);
  return facts === undefined ? undefined : { ...facts, pressing: await historyPressing(database) };
}
