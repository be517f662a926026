import type { Connection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { rowsOf } from './renames.ts';
import { retypeOn } from './retypes.ts';

const cents = { type: 'decimal(14,2)', up: 'a / 100', down: 'ROUND(b * 100)' };

describe.skipIf(!hasMysql())('a walk’s statement and the triggers on MySQL', () => {
  let db: MysqlUnderTest;
  let migration: MigrationUnderTest;
  /** As the walk's statement has it. */
  let hint: string;
  let session: Connection;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  let tables = 0;
  let table: string;
  beforeEach(async () => {
    table = `paid_${++tables}`;
    await db.sql.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, a INT NOT NULL)`);
    await db.sql.query(`INSERT INTO ${table} VALUES (1, 100), (2, 200), (3, 300)`);
    migration = await retypeOn(db, table, cents);
    await migration.apply('expand', 'dual-write');
    hint = /\/\*\+.*?\*\//u.exec(migration.plan.walks[0]?.batch ?? '')?.[0] ?? 'no hint';
    session = await db.connect();
  });

  const sides = (id: number) => rowsOf(db, `SELECT a, b FROM ${table} WHERE id = ${id}`);

  test('the walk computes each row twice, and no trigger computes it again', async () => {
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    const calls = `SELECT SUM(p.count_star) FROM performance_schema.events_statements_summary_by_program AS p
      JOIN information_schema.routines AS r
        ON r.routine_schema = p.object_schema AND r.routine_name = p.object_name
      WHERE p.object_type = 'FUNCTION' AND p.object_name LIKE 'up\\_%'
        AND r.routine_comment = 'underpin ${migration.claim.migration}'`;
    // Three rows: whether they are filled, their value, and the comparison behind it.
    expect(Number(await db.value(calls))).toBe(9);
  });

  test('what passes is one statement: the session’s next one meets the triggers', async () => {
    await session.query(`UPDATE ${hint} ${table} SET b = 7 WHERE id = 1`);
    expect(await sides(1)).toEqual([[100, '7.00']]);
    await session.query(`UPDATE ${table} SET b = 3 WHERE id = 1`);
    expect(await sides(1)).toEqual([[300, '3.00']]);
  });

  test('one that failed, or was killed, lets nothing pass behind it', async () => {
    await expect(session.query(`UPDATE ${hint} ${table} SET b = 'x' WHERE id = 1`)).rejects.toThrow();
    await session.query(`UPDATE ${table} SET b = 4 WHERE id = 1`);
    expect(await sides(1)).toEqual([[400, '4.00']]);
    const killed = session.query(`UPDATE ${hint} ${table} SET b = 9 WHERE id = 2 AND SLEEP(30) = 0`);
    const ended = expect(killed).rejects.toMatchObject({ errno: 1317 });
    while (
      (await db.value(
        `SELECT COUNT(*) FROM performance_schema.processlist WHERE id = ${session.threadId} AND state = 'User sleep'`,
      )) !== 1
    )
      await sleep(20);
    await db.sql.query(`KILL QUERY ${session.threadId}`);
    await ended;
    await session.query(`UPDATE ${table} SET b = 5 WHERE id = 2`);
    expect(await sides(2)).toEqual([[500, '5.00']]);
  });
});
