import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { renameOn, rowsOf, type Renamed } from './renames.ts';

describe.skipIf(!hasMysql())('values under two names on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const rename = (table: string, names?: Renamed) => renameOn(db, table, names);
  const rows = (sql: string) => rowsOf(db, sql);

  const columns: readonly (readonly [type: string, values: readonly string[]])[] = [
    [
      "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'Ü'",
      ["'ä'", "'Ä'", "'x '"],
    ],
    ['VARCHAR(20) NULL', ["'x'", 'NULL', "''"]],
    ["CHAR(5) COLLATE utf8mb4_bin NOT NULL COMMENT 'it''s \\\\'", ["'q'", "'Q'"]],
    ['INT UNSIGNED NOT NULL DEFAULT 7', ['7', '0', '4294967295']],
    ['BIGINT UNSIGNED NULL', ['18446744073709551615', 'NULL', '9007199254740993']],
    ['BIGINT NOT NULL DEFAULT 9007199254740993', ['9007199254740992', '9007199254740993']],
    ["DECIMAL(20,4) NOT NULL DEFAULT '0.1000'", ['0.1', '-5.5']],
    ['DOUBLE NULL', ['0.1', '1e300']],
    ["ENUM('new','it''s','sent') NOT NULL", ["'sent'", "'it''s'"]],
    ["SET('a','b','c') NULL DEFAULT 'a,b'", ["'a,b'", "''", "'c'"]],
    ['DATE NOT NULL', ["'0000-00-00'", "'2021-00-00'", "'2021-02-03'"]],
    ['DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)', ["'2021-02-03 04:05:06.789'"]],
    ["TIME(3) NULL DEFAULT '-01:00:00.000'", ["'838:00:00'"]],
    ['YEAR NULL', ['1999']],
    ["BIT(3) NOT NULL DEFAULT b'101'", ["b'101'", "b'001'"]],
    ['VARBINARY(9) NULL', ["x'00ff'", 'NULL']],
    ["BINARY(3) NOT NULL DEFAULT 'ab'", ["'abc'"]],
    ['BLOB NULL', ["x'0a'"]],
    ["VARBINARY(9) NOT NULL DEFAULT ''", ["x'00ff'", "''"]],
    ["BINARY(4) NOT NULL DEFAULT ''", ["x'61'", "''"]],
    ['FLOAT NOT NULL DEFAULT 0.1', ['0.2', '0.1', '-1e30']],
    ['YEAR NOT NULL DEFAULT 0', ['1999', '0']],
    ['SMALLINT UNSIGNED ZEROFILL NOT NULL DEFAULT 7', ['8', '7']],
    ["CHAR(4) NOT NULL DEFAULT 'a '", ["'a'", "'b '"]],
    ["SET('a','b','c') NOT NULL DEFAULT 'c,a'", ["'a,c'", "'b'"]],
    ['TEXT NOT NULL', ["REPEAT('ß', 500)"]],
    ['JSON NULL', ['\'{"a": [1, 2.0]}\'', "'null'", 'NULL']],
    ['INT NOT NULL DEFAULT 3 INVISIBLE', ['4']],
    ["TEXT CHARACTER SET latin1 NOT NULL DEFAULT ('new') COMMENT 'a (new) one'", ["'x'", "'new'", "'New'"]],
    ["BLOB NULL DEFAULT (X'00ff') INVISIBLE", ["x'00'", "x'00ff'", 'NULL']],
    ['JSON NOT NULL DEFAULT (JSON_ARRAY())', ["'[]'", "'[1]'"]],
    [`JSON NULL DEFAULT ('{"k": 1, "a": [2]}')`, [`'{"a":[2],"k":1}'`, "'{}'"]],
    ["TINYTEXT NOT NULL DEFAULT (CONCAT('a', ')', 'b'))", ["'a)b'", "'ab'"]],
  ];

  test.each(columns)(
    '%s is equal under both names whoever writes, and keeps all that it has',
    async (type, values) => {
      await db.sql.query(`DROP TABLE IF EXISTS kept;
      CREATE TABLE kept (id INT AUTO_INCREMENT PRIMARY KEY, a ${type}, n INT NOT NULL DEFAULT 0, KEY of_n (n))`);
      const before = await db.definition('kept');
      const lax = await db.connect();
      await lax.query("SET SESSION sql_mode = ''");
      const insert = async (column: string) => {
        for (const value of values) {
          await lax.query(`INSERT INTO kept (${column}) VALUES (${value})`);
          // As a table has it that nobody migrates.
          await lax.query(`DELETE FROM alone; INSERT INTO alone (id, a) VALUES (1, ${value})`);
          const written = await rows(`SELECT HEX(${column}) FROM kept ORDER BY id DESC LIMIT 1`);
          expect(written).toEqual(await rows('SELECT HEX(a) FROM alone'));
        }
        await lax.query('INSERT INTO kept (n) VALUES (1)');
      };
      await db.sql.query('DROP TABLE IF EXISTS alone; CREATE TABLE alone LIKE kept');
      await insert('a');
      const migration = await rename('kept');
      await migration.apply('expand', 'dual-write');
      await insert('a');
      await insert('b');
      for (const value of values)
        await lax.query(`INSERT INTO kept (a, b) VALUES (${value}, ${value}); UPDATE kept SET a = ${value} WHERE id = 1;
        UPDATE kept SET b = ${value} WHERE id = 2`);
      await migration.backfill(2);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('verify');
      await insert('a');
      await insert('b');
      await migration.apply('read-switch');
      await insert('b');
      expect(await migration.mismatches()).toBe(0);
      const [old, next] = [
        await rows('SELECT HEX(a) FROM kept ORDER BY id'),
        await rows('SELECT HEX(b) FROM kept ORDER BY id'),
      ];
      expect(next).toEqual(old);
      await migration.apply('contract');
      expect(await rows('SELECT HEX(b) FROM kept ORDER BY id')).toEqual(old);
      // It is the last one then.
      const line = before.split('\n').find((each) => each.includes('`a`')) ?? '';
      expect(await db.definition('kept')).toContain(line.replace('`a`', '`b`').replace(/,$/u, ''));
      await insert('b');
      await migration.ledger.close(migration.claim, 'completed');
    },
  );
});
