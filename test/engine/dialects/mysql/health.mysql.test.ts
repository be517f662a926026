import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyPressing } from '../../../../engine/dialects/mysql/health.ts';
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
