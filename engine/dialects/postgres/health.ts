import { StatementRefused } from '../../database/errors.ts';
import { one, type Statements } from '../../database/statements.ts';
import { healthFacts, type HealthAsked, type HealthFacts, type SignalName } from '../../walk/health-facts.ts';
import { looked } from '../../walk/signals.ts';
import { deadRowsOf } from './dead-rows.ts';
import { literal } from './quote.ts';
import { serverOf, type Server } from './server.ts';

/** Every signal that has a limit, in one statement; where the server refuses it, each by itself, to say which. */
export async function readHealth(database: Statements, asked: HealthAsked): Promise<HealthFacts> {
  const server = await serverOf(database);
  const names = looked(asked.throttle);
  const read = (some: readonly SignalName[]): Promise<HealthFacts> => {
    const readings = some.map((name) => `  '${name}', ${readingOf[name](server, asked)}`);
    return one(database, { text: `SELECT json_build_object(\n${readings.join(',\n')})::text` }, healthFacts);
  };
  try {
    return await read(names);
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    let facts: HealthFacts = {};
    for (const name of names)
      facts = {
        ...facts,
        ...(await read([name]).catch((refused: unknown) => refusedReading(name, refused))),
      };
    return facts;
  }
}

function refusedReading(name: SignalName, error: unknown): HealthFacts {
  if (!(error instanceof StatementRefused)) throw error;
  return { [name]: { hidden: `the database refuses to tell: ${error.reason}` } };
}

const hidden = (why: string): string => `json_build_object('hidden', ${literal(why)})`;
const toTheRole = hidden('hidden from the role of the migration; grant it pg_read_all_stats');

const counter = (sum: string, per: string): string => `json_build_object('sum', ${sum}, 'per', ${per})`;

/** A CASE of several WHEN, in an order in which each may rely on those before it. */
const unless = (faults: Readonly<Record<string, string>>, reading: string): string =>
  `CASE ${Object.entries(faults)
    .map(([fault, why]) => `WHEN ${fault} THEN ${why}`)
    .join(' ')} ELSE ${reading} END`;

/** How many other sessions are as `condition` says. */
const ofSessions = (condition: string): string =>
  unless(
    {
      [`NOT pg_has_role('pg_read_all_stats', 'USAGE')`]: toTheRole,
      [`EXISTS (SELECT FROM pg_stat_activity WHERE state = 'disabled')`]: hidden('track_activities is off'),
    },
    `(SELECT to_json(count(*)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${condition})`,
  );

/** Expressions of JSON, each a reading. */
const readingOf: {
  readonly [Name in SignalName]-?: (server: Server, asked: HealthAsked) => string;
} = {
  // A worker's call that waits for the one before it is none. What others wait for is NULL in pg_stat_activity for a role
  // without pg_read_all_stats, which would look like peace; pg_locks and the database of each session are shown to everybody.
  blockedSessions: () => `(SELECT count(DISTINCT pid) FROM pg_locks
    WHERE NOT granted
      AND pid NOT IN (SELECT pid FROM pg_locks
                      WHERE locktype = 'tuple' AND relation = to_regclass('underpin.checkpoint'))
      AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))`,

  // Aurora's readers do not show in pg_stat_replication.
  replicaLag: ({ aurora }) =>
    aurora
      ? '(SELECT max(replica_lag_in_msec) FROM aurora_replica_status())'
      : unless(
          { 'EXISTS (SELECT FROM pg_stat_replication WHERE state IS NULL)': toTheRole },
          '(SELECT to_json(extract(epoch FROM max(replay_lag)) * 1000) FROM pg_stat_replication)',
        ),

  // Of all databases: they share the processors.
  activeSessions: () => ofSessions(`state = 'active' AND wait_event IS NULL`),

  slowStatements: () =>
    ofSessions(`datname = current_database() AND backend_type = 'client backend'
      AND state = 'active' AND query_start < clock_timestamp() - interval '10 s'`),

  commitLatency,

  deadRows: (_, { table, throttle }) => deadRowsOf(table, throttle.deadRows ?? 0),

  // Aurora has no pg_stat_wal, and no position in the log without logical replication.
  logRate: ({ aurora }) => {
    const read = counter(
      `pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')`,
      'extract(epoch FROM clock_timestamp())',
    );
    const off = hidden('Aurora tells it only with rds.logical_replication = 1');
    return aurora ? unless({ [`current_setting('wal_level') <> 'logical'`]: off }, read) : read;
  },

  // Without a slot nobody asks where the log ends, which Aurora would refuse.
  heldLog: () => `(SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) FROM pg_replication_slots
    WHERE restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost')`,

  historyList: () => 'NULL',
};

/**
 * How long those waited who waited for a commit to be safe. Aurora counts that wait by itself, XactSync; its
 * aurora_stat_get_db_commit_latency would have to be divided by the commits that wrote, which nobody counts (xact_commit has
 * those of readers too). Elsewhere it is the flush of the log, where the server takes the time of it.
 */
function commitLatency({ aurora, version }: Server): string {
  if (aurora)
    return `(SELECT ${unless(
      { 'count(*) = 0': hidden('Aurora knows no wait event XactSync') },
      counter('coalesce(sum(w.wait_time), 0) / 1000.0', 'coalesce(sum(w.waits), 0)'),
    )}
    FROM aurora_stat_wait_event() AS e LEFT JOIN aurora_stat_system_waits() AS w USING (type_id, event_id)
    WHERE e.event_name = 'XactSync')`;
  const flushes =
    version >= 18
      ? `(SELECT ${counter('sum(fsync_time)', 'sum(fsyncs)')} FROM pg_stat_io WHERE object = 'wal')`
      : `(SELECT ${counter('wal_sync_time', 'wal_sync')} FROM pg_stat_wal)`;
  return unless(
    {
      [`current_setting('track_wal_io_timing') <> 'on'`]: hidden('track_wal_io_timing is off'),
      [`current_setting('fsync') <> 'on'`]: hidden('fsync is off, so that nothing is flushed'),
      [`current_setting('wal_sync_method') LIKE 'open%'`]: hidden(
        'wal_sync_method is one that does not flush by itself',
      ),
    },
    flushes,
  );
}
