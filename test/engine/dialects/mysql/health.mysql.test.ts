import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyPressing, replicaLag } from '../../../../engine/dialects/mysql/health.ts';
import { askHealth, judgeHealth } from '../../../../engine/walk/health.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

const limits = { replicaLagMs: 1000, blockedSessions: 0 };

describe.skipIf(!hasMysql())('what slows workers on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest('CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0)');
  });
  afterAll(() => db.close());

  test('row versions that an old transaction keeps from being purged', async () => {
    const reader = await db.connect();
    await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT * FROM t');
    for (let at = 0; at < 20; at += 1) await db.sql.query('UPDATE t SET n = n + 1');
    expect(await historyPressing(db.database, 10)).toMatch(/^history list: \d+ transactions .* limit 10$/u);
    const facts = { blockedSessions: 0, replicaLagHidden: false, replicaLagMs: null };
    expect(
      judgeHealth({ ...facts, pressing: await historyPressing(db.database, 10) }, limits, {
        seeReplicaLag: '',
      }),
    ).toMatchObject({ verdict: 'wait', unreadable: false });
    await reader.query('COMMIT');
    expect(await historyPressing(db.database)).toBeNull();
  });

  test('how far the readers of an Aurora cluster lag, of those that still report; what cannot be read counts as lag', async () => {
    // With the columns that Aurora's table has; no other server has one.
    await db.sql
      .query(`CREATE TABLE status_there (server_id VARCHAR(100), session_id VARCHAR(100), last_update_timestamp DATETIME(6),
        replica_lag_in_milliseconds DOUBLE, is_current TINYINT);
      CREATE TABLE status_odd (server_id VARCHAR(100));
      INSERT INTO status_there VALUES ('w', 'MASTER_SESSION_ID', NOW(6), 0, 1)`);
    const lag = (name: string) => replicaLag(db.database, { schema: db.schema, name });
    expect(await lag('status_there')).toEqual({ replicaLagHidden: false, replicaLagMs: null });
    await db.sql
      .query(`INSERT INTO status_there VALUES ('a', 'x', NOW(6), 20.5, 1), ('b', 'y', NOW(6), 1500, 1),
      ('gone', 'z', NOW(6) - INTERVAL 1 HOUR, 9999, 0)`);
    const read = await lag('status_there');
    expect(read).toEqual({ replicaLagHidden: false, replicaLagMs: 1500 });
    expect(judgeHealth({ blockedSessions: 0, ...read }, limits, { seeReplicaLag: '' })).toMatchObject({
      verdict: 'wait',
      unreadable: false,
      reason: 'lag of the replicas: 1500 ms, limit 1000 ms',
    });
    const hidden = await lag('status_odd');
    expect(hidden).toEqual({ replicaLagHidden: true, replicaLagMs: null });
    expect(judgeHealth({ blockedSessions: 0, ...hidden }, limits, { seeReplicaLag: 'grant' })).toMatchObject({
      verdict: 'wait',
      unreadable: true,
    });
    expect((await askHealth(db.database, limits)).measured).toMatchObject({
      replicaLagHidden: false,
      replicaLagMs: null,
    });
  });

  test('sessions that wait for a table’s metadata, as those do that wait for a row', async () => {
    const holder = await db.connect();
    const waiter = await db.connect();
    await holder.query('START TRANSACTION; SELECT * FROM t');
    const waits = waiter.query('ALTER TABLE t ADD COLUMN m INT');
    await expect
      .poll(async () => (await askHealth(db.database, limits)).measured?.blockedSessions)
      .toBeGreaterThan(0);
    await holder.query('COMMIT');
    await waits;
  });
});
