import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dialectOf } from '../../../../engine/dialects/dialects.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

const signals = ['45000', '42000', '42S02', '22001', '23000', '40001', 'HY000', '0A000'];
/** MySQL has none of these: they may be made of a value. */
const userDefined = ['99001', 'QUOKK'];

describe.skipIf(!hasMysql())('what MySQL says of a row', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(`
      CREATE TABLE people (id INT PRIMARY KEY, mail VARCHAR(20) UNIQUE, n TINYINT NOT NULL, d DATE, j JSON,
        kind ENUM('a', 'b'), boss INT, said VARCHAR(90), CONSTRAINT small CHECK (n < 100), FOREIGN KEY (boss) REFERENCES people (id));
      INSERT INTO people (id, mail, n, said) VALUES (1, 'mallory', 1, 'mallory'), (31337, 'quokka', 2, '{"mallory');`);
    for (const state of [...signals, ...userDefined])
      await db.sql.query(`CREATE FUNCTION shout_${state} (said TEXT) RETURNS TEXT DETERMINISTIC NO SQL
        BEGIN SIGNAL SQLSTATE '${state}' SET MESSAGE_TEXT = said, CONSTRAINT_NAME = 'mallory', MYSQL_ERRNO = 1644; RETURN said; END`);
    await db.sql.query(`CREATE FUNCTION shout_number (n INT) RETURNS TEXT DETERMINISTIC NO SQL
      BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no', MYSQL_ERRNO = n; RETURN n; END`);
    await db.sql.query(`CREATE TRIGGER woken BEFORE UPDATE ON people FOR EACH ROW
      BEGIN DECLARE words TEXT; IF NEW.said = 'woken' THEN SET words = CONCAT('no ', NEW.mail);
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = words; END IF; END`);
  });
  afterAll(() => db.close());

  test('every error that the server itself sends to clients is shown by its code', async () => {
    const [rows] = await db.sql.query(
      `SELECT CONCAT(sql_state, '/', error_number) AS code FROM performance_schema.events_errors_summary_global_by_error
       WHERE error_number BETWEEN 1000 AND 9999`,
    );
    const codes = z
      .array(z.object({ code: z.string() }))
      .parse(rows)
      .map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(1000);
    expect(codes.filter((code) => dialectOf('mysql').errors.shown(code) !== code)).toEqual([]);
  });

  test.each([
    ['an integer', '1366', `UPDATE people SET n = said WHERE id = 1`],
    ['a number out of range', '1264', `UPDATE people SET n = 31337 WHERE id = 1`],
    ['an expression out of range', '1690', `UPDATE people SET n = 9223372036854775807 + id WHERE id = 31337`],
    ['a text too long', '1406', `UPDATE people SET mail = REPEAT(said, 9) WHERE id = 1`],
    ['no value', '1048', `UPDATE people SET n = NULL WHERE id = 31337`],
    ['a date', '1292', `UPDATE people SET d = said WHERE id = 1`],
    ['a cast', '1292', `UPDATE people SET n = CAST(said AS SIGNED) WHERE id = 1`],
    ['JSON', '3140', `UPDATE people SET j = said WHERE id = 31337`],
    ['an enumeration', '1265', `UPDATE people SET kind = said WHERE id = 1`],
    ['a key', '1062', `UPDATE people SET mail = 'mallory' WHERE id = 31337`],
    ['a reference', '1452', `UPDATE people SET boss = 8675309 WHERE id = 1`],
    ['a check', '3819', `UPDATE people SET n = 101 WHERE id = 31337`],
    ['a trigger', '1644', `UPDATE people SET said = 'woken' WHERE id = 1`],
    [
      'a regular expression',
      '3691',
      `UPDATE people SET n = REGEXP_LIKE('x', CONCAT('(', said)) WHERE id = 1`,
    ],
    ['a path in JSON', '3143', `UPDATE people SET n = JSON_EXTRACT('{}', said) WHERE id = 1`],
    ['XML', '1105', `UPDATE people SET said = UPDATEXML('<a/>', CONCAT('/', said, '('), said) WHERE id = 1`],
    ...signals.map((state) => [
      `SIGNAL ${state}`,
      state,
      `UPDATE people SET mail = shout_${state}(mail) WHERE id = 1`,
    ]),
    ...userDefined.map((state) => [
      `SIGNAL ${state}`,
      'user-defined',
      `UPDATE people SET mail = shout_${state}(mail) WHERE id = 1`,
    ]),
    ['a number', 'user-defined', `UPDATE people SET mail = shout_number(id) WHERE id = 31337`],
  ])('has no value when it gets to people: %s', async (_what, code, text) => {
    const error: unknown = await db.database.run({ text }).then(
      () => expect.fail('it was taken'),
      (refused: unknown) => refused,
    );
    const all = inspect(error, { depth: 9, showHidden: true });
    // Of what ends by itself when it is sent again, nobody reads a code.
    if (error instanceof Error && error.name !== 'TransientDatabaseError') expect(all).toContain(code);
    for (const value of ['mallory', 'quokka', 'QUOKK', '31337', '8675309', '9223372036854775807'])
      expect(all).not.toContain(value);
  });
});
