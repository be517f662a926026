import * as z from 'zod';
import type { Database, Statement } from '../../database/database.ts';
import { StatementRefused } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import { healthFacts, type HealthFacts } from '../../walk/health-facts.ts';
import { qualifiedName } from './quote.ts';

/** Sessions that wait for a lock of a row or of a table. */
const probeHealth: Statement = {
  text: `SELECT JSON_OBJECT(
  'blockedSessions', (SELECT COUNT(DISTINCT w.requesting_thread_id) FROM performance_schema.data_lock_waits AS w)
    + (SELECT COUNT(*) FROM performance_schema.metadata_locks AS m WHERE m.lock_status = 'PENDING'))`,
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

type Lag = Pick<HealthFacts, 'replicaLagHidden' | 'replicaLagMs'>;

const onAurora: TableName = { schema: 'information_schema', name: 'replica_host_status' };

/**
 * The readers of an Aurora cluster, as its writer sees them: the worst lag, null without readers. Another server does not know how
 * far its replicas are, and has no such table. A reader that has not reported for five minutes is away. Source of the
 * columns: Aurora User Guide, "Aurora MySQL-specific information_schema tables".
 */
export async function replicaLag(database: Database, known = onAurora): Promise<Lag> {
  const [there] = await database.rows(
    {
      text: `SELECT JSON_OBJECT('count', COUNT(*)) FROM information_schema.tables AS t
WHERE t.table_schema = :schema AND t.table_name = :name`,
      parameters: { schema: known.schema, name: known.name },
    },
    z.object({ count: z.number() }),
  );
  if (there === undefined) return { replicaLagHidden: true, replicaLagMs: null };
  if (there.count === 0) return { replicaLagHidden: false, replicaLagMs: null };
  const text = `SELECT JSON_OBJECT('ms', MAX(r.replica_lag_in_milliseconds)) FROM ${qualifiedName(known)} AS r
WHERE r.session_id <> 'MASTER_SESSION_ID' AND r.last_update_timestamp > NOW() - INTERVAL 5 MINUTE`;
  try {
    const [worst] = await database.rows({ text }, z.object({ ms: z.number().nullable() }));
    return { replicaLagHidden: worst === undefined, replicaLagMs: worst?.ms ?? null };
  } catch (error) {
    // Fail closed: a lag that the role may not read is one that is hidden from it.
    if (error instanceof StatementRefused) return { replicaLagHidden: true, replicaLagMs: null };
    throw error;
  }
}

export async function readHealth(database: Database): Promise<HealthFacts | undefined> {
  const [facts] = await database.rows(probeHealth, healthFacts.pick({ blockedSessions: true }));
  if (facts === undefined) return undefined;
  return { ...facts, ...(await replicaLag(database)), pressing: await historyPressing(database) };
}
