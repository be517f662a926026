import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HealthFacts, Throttle } from '../../engine/walk/health-facts.ts';
import { askHealth, type Health } from '../../engine/walk/health.ts';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import type { DatabaseServer } from '../../rehearsal/database/server-process.ts';
import { eventually } from '../eventually.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';

// A server of its own: nobody else is at work there, commits are flushed, and autovacuum is on and never comes.
let server: DatabaseServer;
let db: DatabaseUnderTest;
beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum_naptime: '1d', wal_level: 'logical' } });
  const url = await server.createDatabase('signals');
  db = await databaseUnderTest(
    `CREATE TABLE events (id int PRIMARY KEY, what text);
    INSERT INTO events SELECT n, 'w' FROM generate_series(1, 1000) AS n;
    ANALYZE events;
    CREATE ROLE signals_reader LOGIN PASSWORD 'x' IN ROLE pg_read_all_stats;
    CREATE ROLE signals_stranger LOGIN PASSWORD 'x'`,
    Promise.resolve({ url, drop: () => Promise.resolve() }),
  );
});
afterAll(async () => {
  await db.close();
  await server.stop();
});
afterEach(() => db.sql.query('ALTER ROLE signals_reader RESET ALL; DROP SCHEMA IF EXISTS aurora CASCADE'));

const limits = { replicaLagMs: 1000, blockedSessions: 5 };
const look = (
  throttle: Partial<Throttle>,
  {
    on = db.database,
    before,
    table = 'events',
  }: { on?: typeof db.database; before?: HealthFacts | undefined; table?: string } = {},
): Promise<Health> =>
  askHealth(on, { throttle: { ...limits, ...throttle }, table: { schema: 'public', name: table } }, before);

const reader = () => db.as('signals_reader', 'x');
const stops = (reason: RegExp | string) => ({
  verdict: 'stop',
  unreadable: false,
  reason: expect.stringMatching(reason) as unknown,
});
const blind = (reason: string) => ({ verdict: 'stop', unreadable: true, reason });

/** The server counts what a session did when it is asked to, at the end of the transaction. */
const counted = (sql: Client, statement: string) =>
  sql.query(`BEGIN; ${statement}; SELECT pg_stat_force_next_flush(); COMMIT`);

test('statements that run for more than ten seconds are counted for whoever watches, and stop workers above a limit', async () => {
  const slow = await db.connect();
  const { rows } = await slow.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  expect((await look({})).measured).toMatchObject({ slowStatements: 0 });
  const sleeps = slow.query('SELECT pg_sleep(600)').catch(() => {});
  try {
    await eventually(async () => expect((await look({})).measured).toMatchObject({ slowStatements: 1 }));
    expect(await look({})).toMatchObject({ verdict: 'go' });
    expect(await look({ slowStatements: 1 })).toMatchObject({ verdict: 'go' });
    expect(await look({ slowStatements: 0 })).toMatchObject(
      stops(/^statements that have run for more than ten seconds: 1, limit 0$/u),
    );
    const stranger = await look({}, { on: db.as('signals_stranger', 'x') });
    expect(stranger).toMatchObject({ verdict: 'go' });
    expect(stranger.measured?.slowStatements).toHaveProperty('hidden');
  } finally {
    for (const { pid } of rows) await db.sql.query('SELECT pg_cancel_backend($1)', [pid]);
    await sleeps;
  }
});

describe('sessions at work', () => {
  test('stop workers above the limit, and those that wait or idle do not count', async () => {
    const [busy, idle] = [await db.connect(), await db.connect()];
    await idle.query('BEGIN');
    expect(await look({ activeSessions: 1 })).toMatchObject({ verdict: 'go' });
    const { rows } = await busy.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // In FROM it would write what it makes to disk, and wait for that now and then.
    const working = busy
      .query('SELECT count(*) FROM (SELECT generate_series(1, 1e12::bigint)) AS numbers')
      .catch(() => {});
    try {
      await eventually(async () =>
        expect(await look({ activeSessions: 0 })).toMatchObject(stops(/^sessions at work: 1, limit 0$/u)),
      );
      expect(await look({ activeSessions: 0 }, { on: reader() })).toMatchObject({ verdict: 'stop' });
      expect(await look({ activeSessions: 1000 })).toMatchObject({ verdict: 'go' });
    } finally {
      for (const { pid } of rows) await db.sql.query('SELECT pg_cancel_backend($1)', [pid]);
      await working;
    }
  });

  test('stop workers whose role does not see others, and where a session does not say what it does', async () => {
    expect(await look({ activeSessions: 1000 }, { on: db.as('signals_stranger', 'x') })).toMatchObject(
      blind('sessions at work: hidden from the role of the migration; grant it pg_read_all_stats'),
    );
    const silent = await db.connect({ options: '-c track_activities=off' });
    expect(await look({ activeSessions: 1000 })).toMatchObject(
      blind('sessions at work: track_activities is off'),
    );
    await silent.end();
    expect(await look({ activeSessions: 1000 })).toMatchObject({ verdict: 'go' });
  });
});

describe('the time of a commit', () => {
  test('is that of a flush of the log, known from the second look on', async () => {
    const first = await look({ commitLatencyMs: 60_000 });
    expect(first).toMatchObject(stops('known from the second look on'));
    const slow = await eventually(async () => {
      await counted(db.sql, `UPDATE events SET what = 'x' WHERE id = 1`);
      const second = await look({ commitLatencyMs: 1e-6 }, { before: first.measured });
      expect(second).toMatchObject(stops(/^time of a commit: [\d.]+ ms, limit/u));
      return second;
    });
    expect(slow.measured?.commitLatency).toMatchObject({ per: expect.any(Number) as unknown });
    expect(await look({ commitLatencyMs: 60_000 }, { before: first.measured })).toMatchObject({
      verdict: 'go',
    });
  });

  test('cannot be read where nobody takes it', async () => {
    await db.sql.query('ALTER ROLE signals_reader SET track_wal_io_timing = off');
    expect(await look({ commitLatencyMs: 60_000 }, { on: reader() })).toMatchObject(
      blind('time of a commit: track_wal_io_timing is off'),
    );
    const unsafe = await databaseUnderTest();
    expect(await look({ commitLatencyMs: 60_000 }, { on: unsafe.database })).toMatchObject(
      blind('time of a commit: fsync is off, so that nothing is flushed'),
    );
    await unsafe.close();
  });
});

describe('dead rows of the table', () => {
  test('stop workers above the share, and not before autovacuum would come', async () => {
    await db.sql.query(
      `CREATE TABLE dying (id int PRIMARY KEY); INSERT INTO dying SELECT generate_series(1, 1000); ANALYZE dying`,
    );
    const dead = (deadRows: number) => look({ deadRows }, { table: 'dying' });
    await counted(db.sql, 'DELETE FROM dying WHERE id <= 200');
    // A fifth is dead and a tenth allowed; autovacuum comes at 250.
    await eventually(async () =>
      expect(await dead(0.1)).toMatchObject({
        verdict: 'slow',
        reason: 'dead rows of the table: 200, limit 250',
      }),
    );
    await counted(db.sql, 'DELETE FROM dying WHERE id <= 300');
    await eventually(async () => expect(await dead(0.1)).toMatchObject(stops(/: 300, limit 250$/u)));
    expect(await dead(0.5)).toMatchObject({ verdict: 'slow' });
    // What the table says of itself comes first.
    await db.sql.query('ALTER TABLE dying SET (autovacuum_vacuum_threshold = 5000)');
    expect(await dead(0.1)).toMatchObject({ verdict: 'go' });
    await db.sql.query('ALTER TABLE dying RESET (autovacuum_vacuum_threshold)');
    await db.sql.query('VACUUM dying');
    await eventually(async () => expect(await dead(0.1)).toMatchObject({ verdict: 'go' }));
  });

  test('say what to do where autovacuum is off, and of partitions the worst one counts', async () => {
    await db.sql.query(
      `CREATE TABLE parted (id int) PARTITION BY RANGE (id);
       CREATE TABLE parted_quiet PARTITION OF parted FOR VALUES FROM (0) TO (1000);
       CREATE TABLE parted_busy PARTITION OF parted FOR VALUES FROM (1000) TO (2000) WITH (autovacuum_enabled = off);
       INSERT INTO parted SELECT n FROM generate_series(0, 1999) AS n; ANALYZE parted_quiet; ANALYZE parted_busy`,
    );
    expect(await look({ deadRows: 0.1 }, { table: 'parted' })).toMatchObject({ verdict: 'go' });
    await counted(db.sql, 'DELETE FROM parted WHERE id BETWEEN 1000 AND 1119');
    await eventually(async () =>
      expect(await look({ deadRows: 0.1 }, { table: 'parted' })).toMatchObject(
        stops(/: 120, limit 100; autovacuum is off for it, so VACUUM it$/u),
      ),
    );
  });

  test('cannot be read where nobody counts them, or where the table is not', async () => {
    await db.sql.query('ALTER ROLE signals_reader SET track_counts = off');
    expect(await look({ deadRows: 5 }, { on: reader() })).toMatchObject(
      blind('dead rows of the table: track_counts is off'),
    );
    expect(await look({ deadRows: 5 }, { table: 'nowhere' })).toMatchObject(
      blind('dead rows of the table: the table is not there'),
    );
  });
});

describe('the log', () => {
  const write =
    'CREATE TABLE IF NOT EXISTS heap (x text); INSERT INTO heap SELECT repeat(md5(n::text), 50) FROM generate_series(1, 5000) AS n';

  test('stops workers while more of it is written in a second than the limit', async () => {
    const first = await look({ logBytesPerSecond: 1000 });
    expect(first).toMatchObject(stops('known from the second look on'));
    await db.sql.query(write);
    const before = first.measured;
    expect(await look({ logBytesPerSecond: 1000 }, { before })).toMatchObject(
      stops(/^log written in a second: .+ [kM]B, limit 1 kB$/u),
    );
    expect(await look({ logBytesPerSecond: 1e12 }, { before })).toMatchObject({ verdict: 'go' });
  });

  test('stops workers while a replication slot holds back more than the limit', async () => {
    expect(await look({ heldLogBytes: 1e6 })).toMatchObject({ verdict: 'go' });
    await db.sql.query(`SELECT pg_create_logical_replication_slot('held', 'test_decoding')`);
    try {
      await db.sql.query(write);
      expect(await look({ heldLogBytes: 1e6 })).toMatchObject(
        stops(/^log that a replication slot holds back: .+ MB, limit 1 MB$/u),
      );
      expect(await look({ heldLogBytes: 1e12 })).toMatchObject({ verdict: 'go' });
    } finally {
      await db.sql.query(`SELECT pg_drop_replication_slot('held')`);
    }
  });

  test('names the signal that the server refuses, and no other', async () => {
    await db.sql.query('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn FROM PUBLIC');
    try {
      const health = await look({ logBytesPerSecond: 1e12, activeSessions: 1000 }, { on: reader() });
      expect(health).toMatchObject(
        blind(
          'log written in a second: the database refuses to tell: SQLSTATE 42501 (insufficient privilege)',
        ),
      );
      expect(health.measured).toMatchObject({ activeSessions: 0, blockedSessions: 0 });
    } finally {
      await db.sql.query('GRANT EXECUTE ON FUNCTION pg_current_wal_lsn TO PUBLIC');
    }
  });
});

describe('on Aurora', () => {
  /** Its functions answer, and no catalog lists them by these names: on the real one pg_proc has none. */
  const asAurora = async (more: string): Promise<typeof db.database> => {
    await db.sql.query(
      `CREATE SCHEMA aurora; CREATE FUNCTION aurora.version() RETURNS text LANGUAGE sql AS $$SELECT '17.7.2'$$; ${more}`,
    );
    const aurora: typeof db.database = Object.create(db.database);
    aurora.rows = (statement, row) =>
      db.database.rows(
        { ...statement, text: statement.text.replaceAll(/\baurora_(\w+)\(/gu, 'aurora.$1(') },
        row,
      );
    return aurora;
  };

  test('readers that lag stop workers, though no catalog knows who tells of them', async () => {
    const on = await asAurora(
      `CREATE TABLE aurora.lags (ms float8);
       CREATE FUNCTION aurora.replica_status() RETURNS TABLE (session_id text, replica_lag_in_msec float8)
       LANGUAGE sql AS $$SELECT 'MASTER_SESSION_ID', NULL::float8 UNION ALL SELECT 'r', ms FROM aurora.lags$$`,
    );
    expect(await look({}, { on })).toMatchObject({ verdict: 'go' });
    await db.sql.query('INSERT INTO aurora.lags VALUES (20), (1500)');
    expect(await look({}, { on })).toMatchObject(stops(/^lag of the replicas: 1500 ms, limit 1000 ms$/u));
    await db.sql.query('DROP FUNCTION aurora.replica_status');
    expect(await look({}, { on })).toMatchObject(
      blind('lag of the replicas: the database refuses to tell: SQLSTATE 42883 (undefined function)'),
    );
  });

  const waits = `CREATE FUNCTION aurora.replica_status() RETURNS TABLE (session_id text, replica_lag_in_msec float8)
       LANGUAGE sql AS $$SELECT NULL::text, NULL::float8$$;
     CREATE TABLE aurora.events (type_id smallint, event_id int, event_name text);
     CREATE TABLE aurora.waits (type_id smallint, event_id int, waits bigint, wait_time bigint);
     INSERT INTO aurora.waits VALUES (3, 300, 7, 9000000);
     CREATE FUNCTION aurora.stat_wait_event() RETURNS SETOF aurora.events LANGUAGE sql AS 'SELECT * FROM aurora.events';
     CREATE FUNCTION aurora.stat_system_waits() RETURNS SETOF aurora.waits LANGUAGE sql AS 'SELECT * FROM aurora.waits'`;

  test('commits take as long as those wait that wait for one', async () => {
    const on = await asAurora(waits);
    const asked = { commitLatencyMs: 100 };
    expect(await look(asked, { on })).toMatchObject(
      blind('time of a commit: Aurora knows no wait event XactSync'),
    );
    await db.sql.query(`INSERT INTO aurora.events VALUES (10, 167772231, 'XactSync'), (3, 300, 'tuple')`);
    const first = await look(asked, { on });
    expect(first).toMatchObject(stops('known from the second look on'));
    expect(await look(asked, { on, before: first.measured })).toMatchObject({ verdict: 'go' });
    await db.sql.query(`INSERT INTO aurora.waits VALUES (10, 167772231, 10, 2000000)`);
    const second = await look(asked, { on, before: first.measured });
    expect(second).toMatchObject(stops(/^time of a commit: 200 ms, limit 100 ms$/u));
    await db.sql.query(`UPDATE aurora.waits SET waits = waits + 100, wait_time = wait_time + 500000`);
    expect(await look(asked, { on, before: second.measured })).toMatchObject({ verdict: 'go' });
  });

  test('the log is read only where replication is logical', async () => {
    const on = await asAurora(waits);
    expect(await look({ logBytesPerSecond: 1 }, { on })).toMatchObject(
      stops('known from the second look on'),
    );
    const plain = await databaseUnderTest();
    await plain.sql.query(
      `CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS $$SELECT '17.7.2'$$;
       CREATE FUNCTION aurora_replica_status() RETURNS TABLE (replica_lag_in_msec float8) LANGUAGE sql AS $$SELECT NULL::float8$$`,
    );
    expect(await look({ logBytesPerSecond: 1e12 }, { on: plain.database })).toMatchObject(
      blind('log written in a second: Aurora tells it only with rds.logical_replication = 1'),
    );
    expect(await look({ heldLogBytes: 1e12 }, { on: plain.database })).toMatchObject({ verdict: 'go' });
    await plain.close();
  });
});
