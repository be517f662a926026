import type { Connection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { passingHint } from '../../../../engine/dialects/mysql/passing.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import type { MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { renameOn, rowsOf } from './renames.ts';
import { retypeOn } from './retypes.ts';

const cents = { type: 'decimal(14,2)', up: 'a / 100', down: 'ROUND(b * 100)' };

describe.skipIf(!hasMysql())('a walk’s statement and the triggers on MySQL', () => {
  let db: MysqlUnderTest;
  let migration: MigrationUnderTest;
  let session: Connection;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  let tables = 0;
  async function freshTable(): Promise<string> {
    const name = `paid_${++tables}`;
    await db.sql.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, a INT NOT NULL)`);
    await db.sql.query(`INSERT INTO ${name} VALUES (1, 100), (2, 200), (3, 300)`);
    return name;
  }

  let table: string;
  beforeEach(async () => {
    table = await freshTable();
    migration = await retypeOn(db, table, cents);
    await migration.apply('expand', 'dual-write');
    session = await db.connect();
    await session.query('SET @underpin_walk_of = ?', [migration.claim.migration]);
  });

  const sides = (id: number, of = table) => rowsOf(db, `SELECT a, b FROM ${of} WHERE id = ${id}`);

  test('the walk computes each row twice, and no trigger computes it again', async () => {
    expect(migration.plan.walks[0]?.batch).toContain(passingHint);
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
    await session.query(`UPDATE ${passingHint} ${table} SET b = 7 WHERE id = 1`);
    expect(await sides(1)).toEqual([[100, '7.00']]);
    await session.query(`UPDATE ${table} SET b = 3 WHERE id = 1`);
    expect(await sides(1)).toEqual([[300, '3.00']]);
  });

  test('one that failed, or was killed, lets nothing pass behind it', async () => {
    await expect(session.query(`UPDATE ${passingHint} ${table} SET b = 'x' WHERE id = 1`)).rejects.toThrow();
    await session.query(`UPDATE ${table} SET b = 4 WHERE id = 1`);
    expect(await sides(1)).toEqual([[400, '4.00']]);
    const killed = session.query(`UPDATE ${passingHint} ${table} SET b = 9 WHERE id = 2 AND SLEEP(30) = 0`);
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

  test('whoever has the hint, and not the migration’s name, meets the triggers', async () => {
    for (const name of [null, 'another', `${migration.claim.migration}x`]) {
      await session.query('SET @underpin_walk_of = ?', [name]);
      await session.query(`UPDATE ${passingHint} ${table} SET b = 8 WHERE id = 1`);
      expect(await sides(1)).toEqual([[800, '8.00']]);
      await session.query(`UPDATE ${table} SET b = 1 WHERE id = 1`);
    }
  });

  test.each(['a = a + 1000', 'b = b + 10'])(
    'what a trigger of the user’s writes to another table under migration reaches both sides there: %s',
    async (written) => {
      for (const begun of [retypeOn, renameOn]) {
        const other = await freshTable();
        const twin = begun === retypeOn ? await retypeOn(db, other, cents) : await renameOn(db, other);
        await twin.apply('expand', 'dual-write');
        await twin.backfill();
        await db.sql.query(`DROP TRIGGER IF EXISTS spreads`);
        await db.sql.query(
          `CREATE TRIGGER spreads AFTER UPDATE ON ${table} FOR EACH ROW UPDATE ${other} SET ${written} WHERE id = NEW.id`,
        );
        await db.sql.query(`UPDATE ${table} SET a = a + 1`);
        // As rows are that nobody has filled.
        await session.query(`UPDATE ${passingHint} ${table} SET b = NULL`);
        const before = await rowsOf(db, `SELECT a FROM ${other} ORDER BY id`);
        await migration.backfill(2);
        expect(await migration.mismatches()).toBe(0);
        expect(await rowsOf(db, `SELECT a FROM ${other} ORDER BY id`)).not.toEqual(before);
        expect(await twin.mismatches()).toBe(0);
      }
    },
  );

  test('where a trigger before ours gives the old column another value, the new one follows', async () => {
    const ours = `underpin_${migration.claim.migration}_writes_update`;
    await db.sql.query(
      `CREATE TRIGGER counts_${table} BEFORE UPDATE ON ${table} FOR EACH ROW PRECEDES \`${ours}\` SET NEW.a = NEW.a + 1`,
    );
    await migration.backfill(2);
    expect(await sides(1)).toEqual([[101, '1.01']]);
    expect(await migration.mismatches()).toBe(0);
  });

  test('a trigger of the user’s writes no other row of the walk’s own table, directly or by another one’s', async () => {
    const other = await freshTable();
    const refused = { errno: 1442 };
    await db.sql.query(
      `CREATE TRIGGER own_${table} AFTER UPDATE ON ${table} FOR EACH ROW UPDATE ${table} SET a = 1 WHERE id = 3`,
    );
    await expect(session.query(`UPDATE ${table} SET a = 5 WHERE id = 1`)).rejects.toMatchObject(refused);
    await db.sql.query(
      `DROP TRIGGER own_${table}; CREATE TRIGGER there_${table} AFTER UPDATE ON ${table} FOR EACH ROW UPDATE ${other} SET a = 1 WHERE id = 3;
       CREATE TRIGGER back_${table} AFTER UPDATE ON ${other} FOR EACH ROW UPDATE ${table} SET a = 1 WHERE id = 3`,
    );
    await expect(session.query(`UPDATE ${table} SET a = 5 WHERE id = 1`)).rejects.toMatchObject(refused);
  });
});
