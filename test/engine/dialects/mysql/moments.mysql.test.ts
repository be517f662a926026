import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sameInCopy } from '../../../../engine/dialects/mysql/copies/same-in-copy.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { renameOn, rowsOf } from './renames.ts';

/** A zone in which the hour from 2 to 3 comes twice on 25 October 2026; nobody has to have the machine's zones loaded. */
const zone = `INSERT INTO mysql.time_zone (use_leap_seconds) VALUES ('N');
  SET @zone = LAST_INSERT_ID();
  INSERT INTO mysql.time_zone_name VALUES ('Underpin/Twice', @zone);
  INSERT INTO mysql.time_zone_transition_type VALUES (@zone, 0, 3600, 0, 'W'), (@zone, 1, 7200, 1, 'S');
  INSERT INTO mysql.time_zone_transition VALUES (@zone, 1774746000, 1), (@zone, 1792890000, 0)`;

// The same local time, an hour apart.
const first = '2026-10-25 00:30:00.250000';
const second = '2026-10-25 01:30:00.250000';

describe.skipIf(!hasMysql())('moments of MySQL, in an hour that comes twice', () => {
  let db: MysqlUnderTest;
  /** A session for which both moments are one local time. */
  let local: Connection;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    const known = await rowsOf(db, "SELECT 1 FROM mysql.time_zone_name WHERE name = 'Underpin/Twice'");
    if (known.length === 0) await db.sql.query(zone);
    await db.sql.query("SET time_zone = '+00:00'");
    local = await db.connect();
    await local.query("SET time_zone = 'Underpin/Twice', sql_mode = ''");
  });
  afterAll(() => db.close());
  beforeEach(() =>
    db.sql.query(`DROP TABLE IF EXISTS moment, source;
      CREATE TABLE source (id INT PRIMARY KEY, a TIMESTAMP(6) NULL);
      INSERT INTO source VALUES (1, '${first}'), (2, '${second}'), (3, NULL)`),
  );

  const columns = [
    'TIMESTAMP(6) NULL',
    'TIMESTAMP(6) NOT NULL',
    'TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)',
    "TIMESTAMP(6) NOT NULL DEFAULT '0000-00-00 00:00:00'",
  ];

  test.each(columns)('%s is the same moment under both names, whoever writes', async (type) => {
    await local.query(
      `CREATE TABLE moment (id INT AUTO_INCREMENT PRIMARY KEY, a ${type}, n INT NOT NULL DEFAULT 0)`,
    );
    const before = await db.definition('moment');
    const given = type.includes('NOT NULL') ? [1, 2] : [1, 2, 3];
    const from = `FROM source WHERE id IN (${given.join(', ')}) ORDER BY id`;
    const insert = (column: string) => local.query(`INSERT INTO moment (${column}) SELECT a ${from}`);
    /** The newest rows have what was written, to the microsecond, under each name. */
    const wrote = async (...names: readonly string[]): Promise<void> => {
      const expected = await rowsOf(db, `SELECT CAST(a AS CHAR) ${from}`);
      for (const name of names)
        expect(
          await rowsOf(
            db,
            `SELECT m.v FROM (SELECT id, CAST(${name} AS CHAR) AS v FROM moment ORDER BY id DESC LIMIT ${given.length}) AS m ORDER BY m.id`,
          ),
        ).toEqual(expected);
    };
    await insert('a');
    const migration = await renameOn(db, 'moment');
    await migration.apply('expand', 'dual-write');
    for (const column of ['a', 'b']) {
      await insert(column);
      await wrote('a', 'b');
    }
    // From one to the other, which a local time does not tell apart.
    for (const column of ['a', 'b']) {
      await local.query(
        `UPDATE moment AS m JOIN source AS s ON s.id = 2 SET m.${column} = s.a WHERE UNIX_TIMESTAMP(m.a) = UNIX_TIMESTAMP('2026-10-25 01:30:00.250000') OR m.id = 1`,
      );
      expect(await db.value('SELECT COUNT(*) FROM moment WHERE NOT (a <=> b) AND b IS NOT NULL')).toBe(0);
    }
    await local.query('UPDATE moment SET n = 1');
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    expect(await db.value('SELECT COUNT(*) FROM moment WHERE NOT (a <=> b)')).toBe(0);
    await migration.apply('verify', 'read-switch');
    await insert('b');
    await wrote('a', 'b');
    await migration.apply('contract');
    await insert('b');
    await wrote('b');
    const line = before.split('\n').find((each) => each.includes('`a`')) ?? '';
    expect(await db.definition('moment')).toContain(line.replace('`a`', '`b`').replace(/,$/u, ''));
    await migration.ledger.close(migration.claim, 'completed');
  });

  test('rows of a table and of its copy that are an hour apart differ, in a session for which they have one local time', async () => {
    const alike = sameInCopy('one.a', 'other.a', 'timestamp(6)');
    const pairs = 'source AS one JOIN source AS other ON one.id <= other.id';
    expect(
      await rowsOf({ sql: local }, `SELECT one.id, other.id, ${alike} FROM ${pairs} ORDER BY 1, 2`),
    ).toEqual([
      [1, 1, 1],
      [1, 2, 0],
      [1, 3, 0],
      [2, 2, 1],
      [2, 3, 0],
      [3, 3, 1],
    ]);
    expect(await rowsOf({ sql: local }, 'SELECT COUNT(DISTINCT CAST(a AS CHAR)) FROM source')).toEqual([[1]]);
  });

  test.each(["TIMESTAMP NOT NULL DEFAULT '2026-01-01 00:00:00'"])('%s is refused by name', async (type) => {
    await db.sql.query(`CREATE TABLE moment (id INT PRIMARY KEY, a ${type})`);
    await expect(renameOn(db, 'moment')).rejects.toThrow(
      /does not tell whether somebody has written it|is set by every UPDATE/u,
    );
  });
});
