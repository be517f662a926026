import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { renameOn, rowsOf } from './renames.ts';

const definitions = [
  'TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
  'TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6)',
  "DATETIME(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'theirs'",
  "DATETIME NOT NULL DEFAULT '2019-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP",
];

/** What an application may send that calls the column `x`. */
const writes = [
  'UPDATE t SET n = n + 1',
  'UPDATE t SET n = n',
  'UPDATE t SET n = n + 1, x = x',
  "UPDATE t SET x = '2021-02-03 04:05:06.789012'",
  'UPDATE t SET x = x',
  'UPDATE t SET n = n + 1, x = x',
  'UPDATE t SET n = n + 1',
  'UPDATE t SET x = CURRENT_TIMESTAMP, n = 7',
  "UPDATE t SET n = n + 1, x = '2022-02-03 04:05:06'",
  'UPDATE t SET n = n + 1',
  'UPDATE t SET n = n + 1',
  'INSERT INTO t (id, n) VALUES (1, 5) ON DUPLICATE KEY UPDATE n = n + 1',
  "INSERT INTO t (id, n) VALUES (1, 5) ON DUPLICATE KEY UPDATE x = '2023-02-03 04:05:06'",
  'INSERT INTO t (id, n) VALUES (1, 5) ON DUPLICATE KEY UPDATE n = n + 1, x = x',
  'INSERT INTO t (id, n) VALUES (10, 5), (11, 6)',
  "INSERT INTO t (id, n, x) VALUES (12, 5, '2024-02-03 04:05:06')",
  'REPLACE INTO t (id, n) VALUES (1, 9), (13, 9)',
  "REPLACE INTO t (id, n, x) VALUES (2, 9, '2025-02-03 04:05:06')",
  'UPDATE t JOIN (SELECT 1 AS one) AS o SET t.n = t.n + 1',
  'DELETE FROM t WHERE id > 2',
];

describe.skipIf(!hasMysql())('rename-column on MySQL, of a column that every UPDATE sets', () => {
  let db: MysqlUnderTest;
  let writer: Connection;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    writer = await db.connect();
  });
  afterAll(() => db.close());

  /** The table, and one that nobody migrates. */
  async function twins(definition: string): Promise<void> {
    for (const table of ['moved', 'kept'])
      await db.sql.query(
        `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id INT PRIMARY KEY, a ${definition}, n INT NOT NULL DEFAULT 0);
        INSERT INTO ${table} (id, a) VALUES (1, '2020-01-01 00:00:00.5'), (2, '2020-01-02')`,
      );
  }

  let clock = 1_700_000_000;
  /** The same moment for both tables, now within a second and now not. */
  async function both(write: string, column: string): Promise<void> {
    clock += 0.4;
    for (const [table, name] of [
      ['moved', column],
      ['kept', 'a'],
    ] as const) {
      await writer.query(`SET timestamp = ${clock.toFixed(6)}`);
      await writer.query(write.replaceAll(/\bt\b/gu, table).replaceAll(/\bx\b/gu, name));
    }
  }
  const facts = (table: string, ...columns: string[]) =>
    rowsOf(
      db,
      `SELECT id, n, ${columns.map((name) => `CAST(${name} AS CHAR)`).join(', ')} FROM ${table} ORDER BY id`,
    );
  const doubled = async () =>
    await rowsOf(db, 'SELECT id, n, CAST(a AS CHAR), CAST(a AS CHAR) FROM kept ORDER BY id');

  test.each(definitions)(
    '%s: each statement leaves what it leaves in a table of its own',
    async (definition) => {
      await twins(definition);
      const before = await db.definition('moved');
      const migration = await renameOn(db, 'moved');
      const everyWrite = async (when: string, columns: readonly string[]) => {
        for (const column of columns)
          for (const write of writes) {
            await both(write, column);
            expect(await facts('moved', 'a', 'b'), `${when}, by ${column}: ${write}`).toEqual(
              await doubled(),
            );
          }
      };
      await migration.apply('expand', 'dual-write');
      // Rows that nobody has filled, met by a whole row that was loaded before.
      await both('UPDATE t SET n = 3 WHERE id = 1', 'a');
      expect((await facts('moved', 'a', 'b'))[0]).toEqual((await doubled())[0]);
      await migration.backfill(2);
      expect(await facts('moved', 'a', 'b')).toEqual(await doubled());
      expect(await migration.mismatches()).toBe(0);
      await everyWrite('written to both', ['a', 'b']);
      await migration.apply('verify', 'read-switch');
      await everyWrite('the new one wins', ['a', 'b']);
      await migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand');
      expect(await db.definition('moved')).toBe(before);
      await migration.apply('expand', 'dual-write');
      await migration.backfill(1);
      await migration.apply('verify', 'read-switch', 'contract');
      for (const write of writes) {
        await both(write, 'b');
        expect(await facts('moved', 'b'), write).toEqual(await facts('kept', 'a'));
      }
      const told = (text: string) =>
        text
          .split('\n')
          .map((line) => line.trim().replace(/,$/u, ''))
          .toSorted();
      expect(
        told((await db.definition('moved')).replaceAll('`b`', '`a`').replaceAll('`moved`', '`kept`')),
      ).toEqual(told(await db.definition('kept')));
      await migration.ledger.close(migration.claim, 'completed');
    },
  );

  test('an UPDATE of several tables that names one of both is refused, and one that names both is not', async () => {
    await twins(definitions[2] ?? '');
    const migration = await renameOn(db, 'moved');
    expect(migration.plan.warnings.join('\n')).toContain('UPDATE of several tables');
    await migration.apply('expand', 'dual-write');
    await migration.backfill(1);
    const several = (sets: string) =>
      writer.query(`UPDATE moved JOIN (SELECT 1 AS one) AS o SET ${sets} WHERE moved.id = 1`);
    const before = await facts('moved', 'a', 'b');
    for (const sets of ["moved.a = '2030-01-01'", "moved.b = '2030-01-01'", 'moved.n = 5, moved.a = moved.a'])
      await expect(several(sets), sets).rejects.toMatchObject({ errno: 1644 });
    expect(await facts('moved', 'a', 'b')).toEqual(before);
    await several("moved.a = '2030-01-01', moved.b = '2030-01-01'");
    expect((await facts('moved', 'a', 'b'))[0]).toEqual([
      1,
      0,
      '2030-01-01 00:00:00.000',
      '2030-01-01 00:00:00.000',
    ]);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('one that is INVISIBLE keeps that, and that every UPDATE sets it', async () => {
    await db.sql.query(
      'CREATE TABLE unseen (id INT PRIMARY KEY, a DATETIME NULL ON UPDATE CURRENT_TIMESTAMP INVISIBLE, n INT)',
    );
    const migration = await renameOn(db, 'unseen');
    await migration.apply('expand', 'dual-write', 'verify', 'read-switch', 'contract');
    expect(await db.definition('unseen')).toContain(
      '`b` datetime DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP /*!80023 INVISIBLE */',
    );
    await migration.ledger.close(migration.claim, 'completed');
  });
});
