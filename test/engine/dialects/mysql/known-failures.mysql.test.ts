import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { meantKeys } from '../../meant-keys.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';

// What people have reported of gh-ost, pt-online-schema-change, spirit and Vitess, each with the right values.
const schema = `
SET SESSION sql_mode = '';
CREATE TABLE legacy_order (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  placed DATE NOT NULL DEFAULT '0000-00-00',
  shipped DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00',
  partly DATE NULL,
  note VARCHAR(50) NULL
);
INSERT INTO legacy_order VALUES (1, '2020-02-29', '2020-03-01 10:00:00', NULL, 'ok'),
  (2, '0000-00-00', '0000-00-00 00:00:00', '2021-00-00', 'zero');
CREATE TABLE parcel (id INT NOT NULL PRIMARY KEY, state ENUM('new','sent','lost') NOT NULL);
INSERT INTO parcel VALUES (1, 'new'), (2, 'sent'), (3, 'lost'), (4, 'bogus');
CREATE TABLE metric (id INT UNSIGNED NOT NULL PRIMARY KEY, hits INT UNSIGNED NOT NULL DEFAULT 0, \`order\` VARCHAR(20) NOT NULL DEFAULT '');
INSERT INTO metric VALUES (1, 31, 'x'), (2, 47, 'y'), (3, 4294967295, 'z');
CREATE TABLE device (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO device VALUES (1, 'a', '2021-03-04 05:06:07'), (2, 'b', '2022-11-12 13:14:15');
CREATE TABLE reading (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, lvl INT NOT NULL, tag VARCHAR(130) NOT NULL);
CREATE TABLE person (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, age INT NULL);
INSERT INTO person VALUES (1, 30), (2, NULL), (3, 0);
CREATE TABLE link (a_id INT NULL, b_id INT NULL, weight INT NOT NULL, UNIQUE KEY uq_ab (a_id, b_id));
CREATE TABLE words (id INT PRIMARY KEY, word VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL);
INSERT INTO words VALUES (1, 'a'), (2, 'a '), (3, 'Ä');
SET SESSION sql_mode = DEFAULT;`;

describe.skipIf(!hasMysql())('what others have lost on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  const plan = (table: string, change: Readonly<Record<string, unknown>>) =>
    migrationUnderTest(db.database, freshName(), { table: `${db.schema}.${table}`, change });
  const rename = async (table: string, from: string, to: string, meanwhile = '') => {
    const migration = await plan(table, { kind: 'rename-column', from, to });
    await migration.apply('expand', 'dual-write');
    if (meanwhile !== '') await db.sql.query(meanwhile);
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify', 'read-switch');
    if (meanwhile !== '') await db.sql.query(meanwhile);
    await migration.apply('contract');
    await migration.ledger.close(migration.claim, 'completed');
  };
  const text = (sql: string) => db.value(sql);

  test('zero dates stay as they are, and an application in a lax mode writes on', async () => {
    await rename(
      'legacy_order',
      'note',
      'remark',
      `SET SESSION sql_mode = '';
      UPDATE legacy_order SET partly = '2021-00-00' WHERE id = 2; INSERT INTO legacy_order () VALUES (); SET SESSION sql_mode = DEFAULT`,
    );
    await rename(
      'legacy_order',
      'placed',
      'ordered',
      `SET SESSION sql_mode = '';
      INSERT INTO legacy_order () VALUES (); SET SESSION sql_mode = DEFAULT`,
    );
    await rename('legacy_order', 'partly', 'part');
    expect(
      await text(
        "SELECT CONCAT_WS('|', CAST(ordered AS CHAR), CAST(shipped AS CHAR), CAST(part AS CHAR), remark) FROM legacy_order WHERE id = 2",
      ),
    ).toBe('0000-00-00|0000-00-00 00:00:00|2021-00-00|zero');
    expect(await text("SELECT COUNT(*) FROM legacy_order WHERE CAST(ordered AS CHAR) = '0000-00-00'")).toBe(
      5,
    );
    expect(await db.definition('legacy_order')).toContain("`ordered` date NOT NULL DEFAULT '0000-00-00'");
  });

  test('an ENUM goes over by its label, and so does the empty member that a lax mode has left', async () => {
    await rename(
      'parcel',
      'state',
      'status',
      'UPDATE parcel SET id = -id WHERE id = 4; UPDATE parcel SET id = 4 WHERE id = -4',
    );
    expect(await text('SELECT GROUP_CONCAT(CONCAT(id, status, status + 0) ORDER BY id) FROM parcel')).toBe(
      '1new1,2sent2,3lost3,40',
    );
    await expect(
      plan('parcel', { kind: 'change-type', column: 'status', type: "enum('new','sent')" }),
    ).rejects.toThrow('Cannot change column type INPLACE');
    await expect(
      plan('parcel', { kind: 'change-type', column: 'status', type: "enum('lost','new','packed','sent')" }),
    ).rejects.toThrow('Cannot change column type INPLACE');
  });

  test('a reserved word is quoted everywhere, and names compare without regard to case', async () => {
    await rename('metric', 'order', 'group', 'UPDATE metric SET HITS = hits WHERE id = 1');
    expect(await text('SELECT GROUP_CONCAT(`group` ORDER BY id) FROM metric')).toBe('x,y,z');
    await expect(plan('metric', { kind: 'rename-column', from: 'Hits', to: 'seen' })).rejects.toThrow(
      'Did you mean "hits"?',
    );
    await expect(plan('metric', { kind: 'add-column', column: 'HITS', type: 'int' })).rejects.toThrow(
      'Duplicate column name',
    );
  });

  test('what every UPDATE sets is not set by the backfill', async () => {
    await rename('device', 'name', 'title');
    expect(await text('SELECT GROUP_CONCAT(CAST(updated_at AS CHAR) ORDER BY id) FROM device')).toBe(
      '2021-03-04 05:06:07,2022-11-12 13:14:15',
    );
  });

  test('values that two collations or blanks make equal are compared byte by byte', async () => {
    const migration = await plan('words', { kind: 'rename-column', from: 'word', to: 'term' });
    await migration.apply('expand', 'dual-write');
    await migration.backfill(1);
    // Somebody has written past the triggers.
    await migration.undo('dual-write');
    await db.sql.query("UPDATE words SET term = 'a' WHERE id = 2; UPDATE words SET term = 'a' WHERE id = 3");
    expect(await migration.mismatches()).toBe(2);
  });

  test('a narrower type is refused, whatever the rows hold; so is NOT NULL while a row holds NULL, with its key', async () => {
    for (const change of [
      { kind: 'change-type', column: 'lvl', type: 'smallint unsigned' },
      { kind: 'change-type', column: 'tag', type: 'varchar(100)' },
    ])
      await expect(plan('reading', change)).rejects.toThrow('beside the traffic');
    const refused = plan('person', { kind: 'set-not-null', column: 'age' });
    await expect(refused).rejects.toThrow('1 row breaks it');
    expect(await meantKeys(refused)).toEqual([['2']]);
    expect(await text('SELECT GROUP_CONCAT(age ORDER BY id) FROM person')).toBe('30,0');
  });

  test('a table whose only key takes NULL is not walked', async () => {
    await expect(plan('link', { kind: 'rename-column', from: 'weight', to: 'mass' })).rejects.toThrow(
      'no unique index over NOT NULL columns',
    );
  });

  test('two migrations with long names in one schema have triggers of their own', async () => {
    const long = `h${'o'.repeat(57)}`;
    await db.sql.query(
      `CREATE TABLE ${long}_1 (id INT PRIMARY KEY, a INT); CREATE TABLE ${long}_2 (id INT PRIMARY KEY, a INT)`,
    );
    const name = `${freshName()}-${'x'.repeat(26)}`;
    const both = await Promise.all(
      [1, 2].map((at) =>
        migrationUnderTest(db.database, `${name}${at}`, {
          table: `${db.schema}.${long}_${at}`,
          change: { kind: 'rename-column', from: 'a', to: 'b' },
        }),
      ),
    );
    for (const migration of both) await migration.apply('expand', 'dual-write', 'verify', 'read-switch');
    await db.sql.query(
      `INSERT INTO ${long}_1 (id, a) VALUES (1, 5); INSERT INTO ${long}_2 (id, b) VALUES (1, 6)`,
    );
    expect(
      await text(
        `SELECT CONCAT_WS('|', one.a, one.b, two.a, two.b) FROM ${long}_1 AS one JOIN ${long}_2 AS two ON one.id = two.id`,
      ),
    ).toBe('5|5|6|6');
    await both[0]?.undo('read-switch', 'verify', 'dual-write');
    expect(
      await text(
        `SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND event_object_table = '${long}_2'`,
      ),
    ).toBe(4);
  });
});
