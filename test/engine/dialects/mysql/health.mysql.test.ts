import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { historyList, replicaLag } from '../../../../engine/dialects/mysql/health.ts';
import type { Throttle } from '../../../../engine/walk/health-facts.ts';
import { askHealth, judgeHealth } from '../../../../engine/walk/health.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

// Sessions of MySQL's own may wait meanwhile.
const limits = { replicaLagMs: 1000, blockedSessions: 1000 };
const asked = (throttle: Partial<Throttle> = {}) => ({
  throttle: { ...limits, ...throttle },
  table: { schema: 'any', name: 't' },
});
const calm = { blockedSessions: 0, replicaLag: null, historyList: null };

describe.skipIf(!hasMysql())('what slows workers on MySQL', () => {
  let server: DatabaseServer;
  let db: MysqlUnderTest;
  beforeAll(async () => {
    const binary = { mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') };
    // One that flushes its log, which is what is measured.
    server = await startMysql(binary, {
      cache: inject('mysqlCache'),
      settings: { 'innodb-buffer-pool-size': '32M', 'innodb-redo-log-capacity': '16M' },
    });
    const url = await server.createDatabase('shop');
    db = await mysqlUnderTest(
      'CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0)',
      Promise.resolve({ url, drop: () => Promise.resolve() }),
    );
  });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });

  test('row versions that an old transaction keeps from being purged', async () => {
    const reader = await db.connect();
    await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT * FROM t');
    for (let at = 0; at < 20; at += 1) await db.sql.query('UPDATE t SET n = n + 1');
    const kept = await historyList(db.database);
    expect(kept).toBeGreaterThan(10);
    expect(judgeHealth({ ...calm, historyList: 500_001 }, limits)).toEqual({
      verdict: 'stop',
      reason: 'transactions that are not purged: 500,001, limit 500,000',
      unreadable: false,
    });
    expect(judgeHealth({ ...calm, historyList: kept }, limits)).toEqual({ verdict: 'go' });
    await reader.query('COMMIT');
  });

  test('how far the readers of an Aurora cluster lag, of those that still report; what cannot be read counts as lag', async () => {
    // With the columns that Aurora's table has; no other server has one.
    await db.sql
      .query(`CREATE TABLE status_there (server_id VARCHAR(100), session_id VARCHAR(100), last_update_timestamp DATETIME(6),
        replica_lag_in_milliseconds DOUBLE, is_current TINYINT);
      CREATE TABLE status_odd (server_id VARCHAR(100));
      INSERT INTO status_there VALUES ('w', 'MASTER_SESSION_ID', NOW(6), 0, 1)`);
    const lag = (name: string) => replicaLag(db.database, { schema: db.schema, name });
    expect(await lag('status_there')).toBeNull();
    await db.sql
      .query(`INSERT INTO status_there VALUES ('a', 'x', NOW(6), 20.5, 1), ('b', 'y', NOW(6), 1500, 1),
      ('gone', 'z', NOW(6) - INTERVAL 1 HOUR, 9999, 0)`);
    const read = await lag('status_there');
    expect(read).toBe(1500);
    expect(judgeHealth({ ...calm, replicaLag: read }, limits)).toMatchObject({
      verdict: 'stop',
      unreadable: false,
      reason: 'lag of the replicas: 1500 ms, limit 1000 ms',
    });
    const hidden = await lag('status_odd');
    expect(hidden).toMatchObject({ hidden: expect.any(String) as unknown });
    expect(judgeHealth({ ...calm, replicaLag: hidden }, limits)).toMatchObject({
      verdict: 'stop',
      unreadable: true,
    });
    // A server that is no Aurora, at the first look and at the next.
    for (const _ of [1, 2])
      expect((await askHealth(db.database, asked())).measured).toMatchObject({ replicaLag: null });
    expect(await lag('status_nowhere')).toBeNull();
  });

  test('sessions that wait for a table’s metadata, as those do that wait for a row', async () => {
    const holder = await db.connect();
    const waiter = await db.connect();
    await holder.query('START TRANSACTION; SELECT * FROM t');
    const waits = waiter.query('ALTER TABLE t ADD COLUMN m INT');
    await expect
      .poll(async () => (await askHealth(db.database, asked())).measured?.blockedSessions)
      .toBeGreaterThan(0);
    await holder.query('COMMIT');
    await waits;
  });

  test('sessions at work', async () => {
    const busy = await db.connect();
    expect(await askHealth(db.database, asked({ activeSessions: 100 }))).toMatchObject({ verdict: 'go' });
    const sleeps = busy.query('SELECT SLEEP(60)').catch(() => {});
    await expect
      .poll(async () => (await askHealth(db.database, asked({ activeSessions: 0 }))).verdict)
      .toBe('stop');
    await db.sql.query(`KILL QUERY ${busy.threadId}`);
    await sleeps;
  });

  test('statements that run for more than ten seconds', async () => {
    const slow = await db.connect();
    const sleeps = slow.query('SELECT SLEEP(60)').catch(() => {});
    await expect.poll(async () => (await askHealth(db.database, asked())).measured?.slowStatements).toBe(1);
    expect(await askHealth(db.database, asked({ slowStatements: 1 }))).toMatchObject({ verdict: 'go' });
    expect(await askHealth(db.database, asked({ slowStatements: 0 }))).toMatchObject({ verdict: 'stop' });
    await db.sql.query(`KILL QUERY ${slow.threadId}`);
    await sleeps;
  });

  test('what a flush of the log takes, from the second look on; unreadable where nobody times it', async () => {
    const first = await askHealth(db.database, asked({ commitLatencyMs: 60_000 }));
    expect(first).toMatchObject({
      verdict: 'stop',
      reason: 'time of a commit: known from the second look on',
    });
    await db.sql.query('UPDATE t SET n = n + 1; FLUSH ENGINE LOGS');
    const again = (commitLatencyMs: number) =>
      askHealth(db.database, asked({ commitLatencyMs }), first.measured);
    expect(await again(60_000)).toMatchObject({ verdict: 'go' });
    expect(await again(1e-9)).toMatchObject({
      verdict: 'stop',
      reason: expect.stringMatching(/^time of a commit: [\d.e-]+ ms, limit/u) as unknown,
      unreadable: false,
    });
    const timed = (yes: string) =>
      db.sql.query(
        `UPDATE performance_schema.setup_instruments SET timed = '${yes}' WHERE name = 'wait/io/file/innodb/innodb_log_file'`,
      );
    await timed('NO');
    expect(await again(60_000)).toMatchObject({
      verdict: 'stop',
      reason: 'time of a commit: performance_schema does not time the redo log',
      unreadable: true,
    });
    await timed('YES');
  });

  test('how much log is written in a second', async () => {
    const first = await askHealth(db.database, asked({ logBytesPerSecond: 1 }));
    await db.sql.query('UPDATE t SET n = n + 1; FLUSH ENGINE LOGS');
    const again = (logBytesPerSecond: number) =>
      askHealth(db.database, asked({ logBytesPerSecond }), first.measured);
    expect(await again(1)).toMatchObject({
      verdict: 'stop',
      reason: expect.stringMatching(/^log written in a second: .+, limit 1 bytes$/u) as unknown,
      unreadable: false,
    });
    expect(await again(1e12)).toMatchObject({ verdict: 'go' });
  });

  test('what MySQL has not is unreadable, and so refused by a plan', async () => {
    expect(await askHealth(db.database, asked({ deadRows: 1 }))).toMatchObject({
      reason: 'dead rows of the table: MySQL keeps no dead rows in a table',
      unreadable: true,
    });
    expect(await askHealth(db.database, asked({ heldLogBytes: 1 }))).toMatchObject({
      reason: 'log that a replication slot holds back: MySQL has no replication slots',
      unreadable: true,
    });
  });
});
