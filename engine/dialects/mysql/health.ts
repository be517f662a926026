import * as z from 'zod';
import { StatementRefused } from '../../database/errors.ts';
import { one, type Statements } from '../../database/statements.ts';
import type { TableName } from '../../spec/table-name.ts';
import {
  healthFacts,
  type HealthAsked,
  type HealthFacts,
  type Reading,
  type SignalName,
} from '../../walk/health-facts.ts';
import { looked } from '../../walk/signals.ts';
import { qualifiedName } from './quote.ts';

/** Every signal that has a limit: one statement, and for those that a role may not be allowed to read one each. */
export async function readHealth(database: Statements, { throttle }: HealthAsked): Promise<HealthFacts> {
  const readings = looked(throttle).flatMap((name) => {
    const reading = readingOf[name];
    return reading === undefined ? [] : [`'${name}', ${reading}`];
  });
  return {
    ...(await one(database, { text: `SELECT JSON_OBJECT(${readings.join(', ')})` }, healthFacts)),
    replicaLag: await replicaLag(database),
    historyList: await historyList(database),
  };
}

const hidden = (why: string): string => `JSON_OBJECT('hidden', '${why}')`;

const status = (name: string): string =>
  `(SELECT s.variable_value + 0e0 FROM performance_schema.global_status AS s WHERE s.variable_name = '${name}')`;

const redoLog = 'wait/io/file/innodb/innodb_log_file';

/** Expressions of JSON, each a reading. */
const readingOf: { readonly [Name in SignalName]?: string } = {
  // Of a row, or of a table's metadata.
  blockedSessions: `(SELECT COUNT(DISTINCT w.requesting_thread_id) FROM performance_schema.data_lock_waits AS w)
    + (SELECT COUNT(*) FROM performance_schema.metadata_locks AS m WHERE m.lock_status = 'PENDING')`,

  // Without this look itself. MySQL counts those that wait for a lock or the disk as well.
  activeSessions: `COALESCE(CAST(${status('Threads_running')} - 1 AS JSON), ${hidden('the server does not count Threads_running')})`,

  slowStatements: `IF(@@performance_schema, CAST((SELECT COUNT(*) FROM performance_schema.threads AS t
    WHERE t.type = 'FOREGROUND' AND t.processlist_id <> CONNECTION_ID()
      AND t.processlist_command IN ('Query', 'Execute') AND t.processlist_time > 10) AS JSON),
    ${hidden('performance_schema is off')})`,

  // Aurora counts its commits and their microseconds; elsewhere it is the flush of the redo log, in picoseconds.
  commitLatency: `CASE
    WHEN ${status('AuroraDb_commits')} IS NOT NULL
      THEN JSON_OBJECT('sum', ${status('AuroraDb_commit_latency')} / 1000, 'per', ${status('AuroraDb_commits')})
    WHEN @@innodb_flush_method = 'O_DSYNC' THEN ${hidden('innodb_flush_method is one that does not flush by itself')}
    WHEN NOT EXISTS (SELECT 1 FROM performance_schema.setup_instruments AS i
                     WHERE i.name = '${redoLog}' AND i.enabled = 'YES' AND i.timed = 'YES')
      THEN ${hidden('performance_schema does not time the redo log')}
    ELSE (SELECT JSON_OBJECT('sum', f.sum_timer_misc / 1e9, 'per', f.count_misc)
          FROM performance_schema.file_summary_by_event_name AS f WHERE f.event_name = '${redoLog}') END`,

  // A server that counts its log has counted some: the ledger is in it.
  logRate: `IF(${status('Innodb_os_log_written')} > 0,
    JSON_OBJECT('sum', ${status('Innodb_os_log_written')}, 'per', UNIX_TIMESTAMP(NOW(6))),
    ${hidden('the server does not count the log that it writes')})`,

  deadRows: hidden('MySQL keeps no dead rows in a table'),
  heldLog: hidden('MySQL has no replication slots'),
};

/**
 * Versions of rows that nobody has purged yet: an old transaction keeps them, and each batch adds more. Null where the role
 * may not see them (PROCESS).
 */
export async function historyList(database: Statements): Promise<Reading> {
  const text = `SELECT JSON_OBJECT('historyList', CAST(m.count AS SIGNED)) FROM information_schema.innodb_metrics AS m
WHERE m.name = 'trx_rseg_history_len' AND m.status = 'enabled'`;
  try {
    const [found] = await database.rows({ text }, healthFacts);
    return found?.historyList ?? null;
  } catch (error) {
    if (error instanceof StatementRefused) return null;
    throw error;
  }
}

const onAurora: TableName = { schema: 'information_schema', name: 'replica_host_status' };
const toTheRole: Reading = {
  hidden: 'hidden from the role of the migration; let it read information_schema.replica_host_status',
};

// ER_UNKNOWN_TABLE, which information_schema answers, and ER_NO_SUCH_TABLE.
const noSuchTable = /\/(?:1109|1146)$/u;
/** What is no Aurora need not be asked again. */
const elsewhere = new WeakSet<Statements>();

/**
 * The readers of an Aurora cluster, as its writer sees them: the worst lag, null without readers. Another server does not know how
 * far its replicas are, and has no such table; that is found by asking it, since nobody promises that a list of tables names it.
 * A reader that has not reported for five minutes is away. Source of the columns: Aurora User Guide, "Aurora MySQL-specific
 * information_schema tables".
 */
export async function replicaLag(database: Statements, known = onAurora): Promise<Reading> {
  if (elsewhere.has(database) && known === onAurora) return null;
  const text = `SELECT JSON_OBJECT('ms', MAX(r.replica_lag_in_milliseconds)) FROM ${qualifiedName(known)} AS r
WHERE r.session_id <> 'MASTER_SESSION_ID' AND r.last_update_timestamp > NOW() - INTERVAL 5 MINUTE`;
  try {
    return (await one(database, { text }, z.object({ ms: z.number().nullable() }))).ms;
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    // Fail closed: a lag that the role may not read is one that is hidden from it.
    if (!noSuchTable.test(error.sqlState ?? '')) return toTheRole;
    if (known === onAurora) elsewhere.add(database);
    return null;
  }
}
