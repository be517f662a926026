import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LockNotAcquired } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { copied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';

const schema = `
CREATE TABLE orders (
  id INT AUTO_INCREMENT PRIMARY KEY COMMENT 'as printed',
  email VARCHAR(60) CHARACTER SET latin1 NOT NULL,
  total DECIMAL(10,2) NOT NULL DEFAULT 0,
  doubled DECIMAL(12,2) AS (total * 2) STORED,
  state ENUM('new', 'paid') NOT NULL DEFAULT 'new',
  seen TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP,
  due DATE NULL,
  hidden INT NULL INVISIBLE,
  UNIQUE KEY by_email (email),
  KEY by_state (state, total DESC),
  CHECK (total >= 0)
) COMMENT = 'what was ordered';
CREATE VIEW paid AS SELECT id, email FROM orders WHERE state = 'paid';
`;

describe.skipIf(!hasMysql())('change-primary-key on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  const fresh = async (rows = "('a@x', 1), ('b@x', 2), ('c@x', 3)"): Promise<void> => {
    await db.sql.query(
      `SET FOREIGN_KEY_CHECKS = 0; DROP VIEW IF EXISTS paid; DROP TABLE IF EXISTS orders, lines_of, houses, orders_underpin_new, orders_underpin_old, orders_underpin_side; SET FOREIGN_KEY_CHECKS = 1; ${schema}`,
    );
    await db.sql.query(`INSERT INTO orders (email, total) VALUES ${rows}`);
  };
  const typeOf = (table: string): Promise<unknown> =>
    db.value(
      `SELECT column_type FROM information_schema.columns WHERE table_schema = '${db.schema}' AND table_name = '${table}' AND column_name = 'id'`,
    );
  const both = async (other: string): Promise<void> => {
    const columns = 'id, email, total, doubled, state, seen, CAST(due AS CHAR), hidden';
    const [here, there] = [`orders`, other].map((table) =>
      rowsOf(db, `SELECT ${columns} FROM ${table} ORDER BY id`),
    );
    expect(await there).toEqual(await here);
  };

  test('the plan is as a DBA has read it', async () => {
    await fresh();
    asReviewed((await widenOn(db, 'orders', { name: 'change-primary-key' })).plan, db.schema);
  });

  test('a wider type comes by a copy that takes the name, goes back, comes again, and everything else stays', async () => {
    await fresh();
    const before = await db.definition('orders');
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    expect(await migration.mismatches()).toBe(0);
    expect(await typeOf('orders')).toBe('int');
    await migration.apply('swap');
    expect(await typeOf('orders')).toBe('bigint');
    await db.sql.query(`INSERT INTO orders (email, total, hidden) VALUES ('d@x', 4, 7)`);
    await db.sql.query(
      `UPDATE orders SET state = 'paid' WHERE email = 'a@x'; DELETE FROM orders WHERE email = 'b@x'`,
    );
    await both('orders_underpin_old');
    await migration.undo('swap');
    expect(await db.definition('orders')).toBe(before.replace('AUTO_INCREMENT=4 ', 'AUTO_INCREMENT=5 '));
    await db.sql.query(
      `UPDATE orders SET id = 40 WHERE email = 'c@x'; INSERT INTO orders (email) VALUES ('e@x')`,
    );
    await both('orders_underpin_new');
    await migration.apply('swap');
    await migration.ledger.walks.forget(migration.claim);
    const reconciled = await migration.walk('check', { purpose: 'reconcile', n: 1 });
    expect(reconciled).toMatchObject({ changed: 0 });
    await db.sql.query(`INSERT INTO orders (email) VALUES ('f@x')`);
    await migration.apply('contract');
    expect(await rowsOf(db, 'SELECT id, email FROM orders ORDER BY id')).toEqual([
      [1, 'a@x'],
      [4, 'd@x'],
      [40, 'c@x'],
      [41, 'e@x'],
      [42, 'f@x'],
    ]);
    expect(await rowsOf(db, 'SELECT * FROM paid')).toEqual([[1, 'a@x']]);
    expect(await db.definition('orders')).toBe(
      before.replace('`id` int', '`id` bigint').replace('AUTO_INCREMENT=4 ', 'AUTO_INCREMENT=43 '),
    );
    expect(await leftovers(db)).toEqual([]);
  });

  test('a rollback from before the swap leaves the table as it was', async () => {
    await fresh();
    const before = await db.definition('orders');
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition('orders')).toBe(before);
    expect(await leftovers(db)).toEqual([]);
  });

  test('values that only a lax writer could bring are copied as they are: zero, dates that are none, enums of no label', async () => {
    await fresh();
    await db.sql.query(`SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'`);
    const odd = (id: number) =>
      db.sql.query(
        `INSERT INTO orders (id, email, state, due, seen) VALUES (${id}, 'odd${id}', 'none', '${id === 0 ? '0000-00-00' : '2026-02-31'}', '2026-10-25 02:30:00')`,
      );
    await odd(0);
    const migration = await widenOn(db, 'orders');
    await migration.apply('expand', 'dual-write');
    await odd(-5);
    await migration.backfill();
    await migration.apply('verify');
    expect(await migration.mismatches()).toBe(0);
    await both('orders_underpin_new');
    await migration.apply('swap');
    await odd(-6);
    await both('orders_underpin_old');
    await db.sql.query(`SET SESSION sql_mode = DEFAULT`);
    await migration.apply('contract');
    expect(await db.value('SELECT COUNT(*) FROM orders WHERE id IN (0, -5, -6)')).toBe(3);
  });

  test('no number is drawn twice, whatever became of its row, there and back', async () => {
    await fresh();
    const drawn: unknown[] = [1, 2, 3];
    const draw = async (sql: MysqlUnderTest['sql'] = db.sql): Promise<void> => {
      const [done] = await sql.query(`INSERT INTO orders (email) VALUES (UUID())`);
      drawn.push(Reflect.get(done, 'insertId'));
    };
    for (let n = 0; n < 3; n += 1) await draw();
    await db.sql.query('DELETE FROM orders WHERE id > 3');
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    await db.sql.query('BEGIN');
    await draw();
    await db.sql.query('ROLLBACK');
    await migration.apply('swap');
    await draw();
    await db.sql.query('BEGIN');
    await draw();
    await db.sql.query('ROLLBACK; DELETE FROM orders WHERE id > 3');
    await migration.undo('swap');
    await draw();
    await migration.apply('swap', 'contract');
    await draw();
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test('until the contract a number beyond the old type is refused, and the next one is drawn as ever', async () => {
    await fresh();
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    await migration.apply('swap');
    const beyond = (sql: string) => expect(db.sql.query(sql)).rejects.toMatchObject({ errno: 1264 });
    await beyond(`INSERT INTO orders (id, email) VALUES (3000000000, 'big')`);
    await beyond(`INSERT IGNORE INTO orders (id, email) VALUES (3000000000, 'big')`);
    await beyond(`UPDATE orders SET id = 3000000000 WHERE id = 1`);
    await db.sql.query(`INSERT INTO orders (email) VALUES ('next')`);
    expect(await db.value(`SELECT id FROM orders WHERE email = 'next'`)).toBe(4);
    await both('orders_underpin_old');
    await migration.apply('contract');
    await db.sql.query(`INSERT INTO orders (id, email) VALUES (3000000000, 'big')`);
  });

  test('who locks the table by LOCK TABLES writes both', async () => {
    await fresh();
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    const write = (email: string) =>
      db.sql.query(
        `LOCK TABLES orders WRITE; INSERT INTO orders (email) VALUES ('${email}'); DELETE FROM orders WHERE id = 1; UNLOCK TABLES`,
      );
    await write('before');
    await both('orders_underpin_new');
    await migration.apply('swap');
    await write('after');
    await both('orders_underpin_old');
    await migration.undo('swap', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await leftovers(db)).toEqual([]);
  });

  test('the names are not exchanged while somebody may read by a snapshot that lacks rows of the copy', async () => {
    await fresh();
    const migration = await widenOn(db, 'orders');
    await migration.apply('expand', 'dual-write');
    const reader = await db.connect();
    await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    await migration.backfill();
    await migration.apply('verify');
    await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
    await reader.query('ROLLBACK');
    await migration.apply('swap');
    expect(await typeOf('orders')).toBe('bigint');
  });

  test('what came to the table since keeps the names where they are, and a column that came later does so on the way back', async () => {
    await fresh();
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    await db.sql.query('ALTER TABLE orders ADD KEY late (due)');
    const found = await rowsOf(db, migration.plan.differences?.swap ?? '');
    expect(found).toEqual([[{ what: 'index late is new' }]]);
    await expect(migration.apply('swap')).rejects.toThrow('1105');
    await db.sql.query('ALTER TABLE orders DROP KEY late');
    await migration.apply('swap');
    await db.sql.query('ALTER TABLE orders ADD COLUMN late INT');
    expect(await rowsOf(db, migration.plan.differences?.back ?? '')).toEqual([
      [{ what: 'column late is new' }],
    ]);
    await expect(migration.undo('swap')).rejects.toThrow('1105');
    await db.sql.query('ALTER TABLE orders DROP COLUMN late');
    await migration.undo('swap');
    expect(await typeOf('orders')).toBe('int');
  });

  test('a row of one side alone is found, wherever it lies', async () => {
    await fresh();
    const migration = await widenOn(db, 'orders');
    await copied(migration);
    const copy = 'orders_underpin_new';
    await db.sql.query(
      `INSERT INTO ${copy} (id, email) VALUES (-9, 'x'), (77, 'y'), (99, 'z'); DELETE FROM ${copy} WHERE id = 2; UPDATE ${copy} SET email = 'A@x' WHERE id = 1`,
    );
    expect(await migration.mismatches()).toBe(5);
    expect(await migration.mismatches(1)).toBe(5);
  });

  test.each([
    ['a trigger', 'CREATE TRIGGER t_mine AFTER INSERT ON orders FOR EACH ROW SET @x = 1', /trigger t_mine/u],
    [
      'a foreign key to it',
      'CREATE TABLE lines_of (o INT, FOREIGN KEY (o) REFERENCES orders (id))',
      /lines_of_ibfk_1 of .*3780/su,
    ],
    [
      'a foreign key of its own',
      'CREATE TABLE houses (id INT PRIMARY KEY); ALTER TABLE orders ADD COLUMN house INT, ADD FOREIGN KEY (house) REFERENCES houses (id) ON DELETE CASCADE',
      /orders_ibfk_1/u,
    ],
    [
      'a key with a generated column',
      'ALTER TABLE orders ADD COLUMN g INT AS (1) STORED NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (id, g)',
      /column g of .* is in the key, and is generated/u,
    ],
    [
      'a table that has a name of ours',
      'CREATE TABLE orders_underpin_side (i INT)',
      /orders_underpin_side already/u,
    ],
  ])('%s is refused by name before anything is touched', async (_, sql, says) => {
    await fresh();
    await db.sql.query(sql);
    const before = await db.definition('orders');
    await expect(widenOn(db, 'orders')).rejects.toThrow(says);
    expect(await db.definition('orders')).toBe(before);
  });

  test.each([
    ['smallint', /does not hold every value/u],
    ['int', /does not hold every value/u],
    ['bigint unsigned', /does not hold every value/u],
    ['varchar(20)', /not supported yet: .* from int to varchar/u],
  ])('%s is refused as a type', async (type, says) => {
    await fresh();
    await expect(widenOn(db, 'orders', { type })).rejects.toThrow(says);
  });
});
