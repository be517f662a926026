import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runUnits } from '../../../../lambdas/steps/units.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { renameOn, rowsOf, type Renamed } from './renames.ts';
import { expectToldTruth } from './told-clients.ts';

describe.skipIf(!hasMysql())('rename-column on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const rename = (table: string, names?: Renamed) => renameOn(db, table, names);
  const rows = (sql: string) => rowsOf(db, sql);

  test('its SQL is as it was reviewed', async () => {
    await db.sql.query(`CREATE TABLE users (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      email VARCHAR(190) NOT NULL DEFAULT 'none' COMMENT 'it''s theirs',
      touched TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      UNIQUE KEY by_email (email))`);
    const { plan } = await rename('users', { from: 'email', to: 'mail', name: 'rename-column' });
    asReviewed(plan, db.schema);
  });

  test('a statement that writes both and means two things is the old one’s until reads move, then the new one’s, and back', async () => {
    await db.sql.query("CREATE TABLE both_of (id INT PRIMARY KEY, a VARCHAR(9) NULL DEFAULT 'd')");
    const migration = await rename('both_of');
    const write = async (id: number) => {
      await db.sql.query(`INSERT INTO both_of (id, a, b) VALUES (${id}, 'old', 'new')`);
      await db.sql.query(
        `INSERT INTO both_of (id) VALUES (${id + 1}); UPDATE both_of SET a = 'old', b = 'new' WHERE id = ${id + 1}`,
      );
      return rows(`SELECT a, b FROM both_of WHERE id >= ${id} ORDER BY id`);
    };
    const twice = (value: string) => [
      [value, value],
      [value, value],
    ];
    await migration.apply('expand', 'dual-write');
    expect(await write(1)).toEqual(twice('old'));
    await migration.apply('verify', 'read-switch');
    expect(await write(3)).toEqual(twice('new'));
    await migration.undo('read-switch');
    expect(await write(5)).toEqual(twice('old'));
    // An application that saves whole rows has loaded this one before it was filled.
    await db.sql.query(
      "UPDATE both_of SET a = 'old', b = NULL WHERE id = 1; INSERT INTO both_of (id, b) VALUES (9, NULL)",
    );
    expect(await rows('SELECT a, b FROM both_of WHERE id IN (1, 9)')).toEqual([
      ['old', 'old'],
      [null, null],
    ]);
    // A new application writes NULL over a value, once reads have moved.
    await migration.apply('read-switch');
    await db.sql.query('UPDATE both_of SET b = NULL WHERE id = 1');
    expect(await rows('SELECT a, b FROM both_of WHERE id = 1')).toEqual([[null, null]]);
  });

  test('LOAD DATA, INSERT … SELECT and a trigger of the user’s are followed', async () => {
    await db.sql.query('CREATE TABLE loaded (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(9) NOT NULL)');
    await db.sql.query('CREATE TRIGGER lowers BEFORE INSERT ON loaded FOR EACH ROW SET NEW.a = LOWER(NEW.a)');
    const migration = await rename('loaded');
    await migration.apply('expand', 'dual-write');
    await db.sql.query({
      sql: "LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded (a)",
      infileStreamFactory: () => Readable.from(Buffer.from('ONE\nTWO\n'), { objectMode: false }),
    });
    await db.sql.query("INSERT INTO loaded (a) SELECT CONCAT(a, '-X') FROM loaded");
    await db.sql.query("INSERT INTO loaded (b) VALUES ('New')");
    const found = await rows('SELECT a, b FROM loaded ORDER BY id');
    expect(found.slice(0, 4)).toEqual(['one', 'two', 'one-x', 'two-x'].map((each) => [each, each]));
    expect(found[4]).toEqual(['New', 'New']);
  });

  test.each(["NOT NULL DEFAULT 'none'", 'NOT NULL', "NULL DEFAULT 'none'"])(
    'a new application (%s) keeps its values between any two statements of the contract',
    async (rest) => {
      await db.sql.query(`DROP TABLE IF EXISTS stepped;
        CREATE TABLE stepped (id INT PRIMARY KEY, a VARCHAR(30) ${rest}, n INT NOT NULL DEFAULT 0, UNIQUE KEY of_a (a))`);
      const migration = await rename('stepped');
      await migration.apply('expand', 'dual-write', 'verify', 'read-switch');
      const units = migration.plan.phases.contract?.run ?? [];
      const told: string[][] = [];
      for (let done = 0; done <= units.length; done += 1) {
        await runUnits(migration, migration.claim, 'contract', 'run', units.slice(0, done), 1000);
        for (const id of [done * 10, done * 10 + 1]) {
          await db.sql.query(`INSERT INTO stepped (id, b) VALUES (${id}, 'first ${id}')`);
          await db.sql.query(`UPDATE stepped SET b = 'new ${id}' WHERE id = ${id}`);
          // What it leaves alone stays.
          await db.sql.query(
            `INSERT INTO stepped (id, b) VALUES (${id}, 'x${id}') ON DUPLICATE KEY UPDATE n = n + 1`,
          );
          told.push([`new ${id}`]);
        }
        expect(await rows('SELECT b FROM stepped ORDER BY id')).toEqual(told);
      }
      await migration.ledger.close(migration.claim, 'completed');
    },
  );

  test('clients that know either name are told the truth, from the first phase to the last, and over a rollback', async () => {
    await db.sql
      .query(`CREATE TABLE live (id INT PRIMARY KEY, a VARCHAR(30) NOT NULL DEFAULT 'none', n INT NOT NULL DEFAULT 0,
      touched TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6), KEY by_a (a))`);
    const named = (column: string) => (value: string) => ({ [column]: value });
    await expectToldTruth(db, { table: 'live', old: named('a'), new: named('b'), none: 'none' }, () =>
      rename('live'),
    );
  });
});
