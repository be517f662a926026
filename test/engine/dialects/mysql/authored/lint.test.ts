import { describe, expect, test } from 'vitest';
import { lint } from '../../../../../engine/dialects/mysql/authored/lint.ts';
import { isQuery } from '../../../../../engine/dialects/mysql/authored/query.ts';
import { ownUnits } from '../../../../../engine/dialects/mysql/authored/units.ts';

const rulesOf = (statement: string, use: 'run' | 'undo' = 'run') =>
  (lint([statement], use)[0] ?? []).map(({ rule, never }) => (never ? `${rule}!` : rule));

describe('the lint of an author’s statements on MySQL', () => {
  test.each([
    "ALTER TABLE shop.orders ALTER COLUMN status SET DEFAULT 'placed'",
    'alter table `shop`.`orders` alter `status` drop default',
    "ALTER TABLE shop.orders COMMENT = 'it''s; -- what \\' it is'",
    'ALTER TABLE shop.orders RENAME INDEX by_user TO of_user',
    'ALTER TABLE shop.orders ALTER INDEX by_user INVISIBLE',
    'ALTER TABLE shop.orders AUTO_INCREMENT = 1000',
    'ALTER TABLE shop.orders DROP FOREIGN KEY orders_of_users',
    'ALTER TABLE shop.orders DROP CHECK known',
    'ALTER TABLE shop.orders ADD COLUMN size INT NULL',
    'ALTER TABLE shop.orders ADD size INT NOT NULL DEFAULT 0',
    'ALTER TABLE shop.orders ADD UNIQUE KEY one (user_id, amount)',
    'ALTER TABLE shop.orders DROP INDEX by_user',
    'CREATE TABLE shop.notes (id INT PRIMARY KEY, body TEXT)',
    'CREATE TABLE shop.notes LIKE shop.orders',
    'CREATE OR REPLACE VIEW shop.open AS SELECT o.id FROM shop.orders AS o JOIN shop.users AS u ON u.id = o.user_id',
    "INSERT INTO shop.plans (code, price) VALUES ('pro', 1900)",
    "INSERT INTO shop.plans SELECT code, EXTRACT(YEAR FROM made) FROM shop.old_plans, shop.more WHERE code <> 'x'",
    'UPDATE shop.orders SET amount = 0 WHERE id IN (SELECT id FROM shop.gone)',
    'DELETE FROM shop.orders WHERE id < 7',
  ])('has nothing against %s', (statement) => {
    expect(rulesOf(statement)).toEqual([]);
  });

  test.each([
    ['ALTER TABLE shop.orders MODIFY amount BIGINT', ['unknown-change']],
    ['ALTER TABLE shop.orders ADD COLUMN a INT, ADD COLUMN b INT', ['unknown-change']],
    ['ALTER TABLE shop.orders ENGINE = InnoDB', ['unknown-change']],
    ['ALTER TABLE shop.orders CONVERT TO CHARACTER SET utf8mb4', ['unknown-change']],
    ['ALTER TABLE shop.orders ADD CONSTRAINT few CHECK (amount < 9)', ['unknown-change']],
    ['ALTER TABLE shop.orders DROP COLUMN status', ['drop-data']],
    ['ALTER TABLE shop.orders RENAME COLUMN status TO state', ['rename']],
    ['ALTER TABLE shop.orders CHANGE status state INT', ['rename', 'unknown-change']],
    ['ALTER TABLE shop.orders ADD COLUMN size INT NOT NULL', ['not-null-column']],
    ['RENAME TABLE shop.orders TO shop.purchases', ['rename']],
    ['DROP TABLE shop.orders', ['drop-data']],
    ['DROP VIEW shop.open', ['drop-definition']],
    ['UPDATE shop.orders SET amount = 0', ['every-row-at-once']],
    ['DELETE FROM shop.orders', ['every-row-at-once']],
    ['CREATE TABLE shop.n AS SELECT 1 AS one', ['create-as-select']],
    ['CREATE TABLE shop.n (id INT REFERENCES shop.orders (id))', ['foreign-key-of-a-new-table']],
  ])('asks for a reason for %s', (statement, found) => {
    expect(rulesOf(statement)).toEqual(found);
  });

  test.each([
    ['DROP TABLE shop.orders; DROP TABLE shop.users', 'unreadable!'],
    ['DROP TABLE shop.orders /* all */', 'unreadable!'],
    ['/*!50000 DROP TABLE shop.orders */', 'unreadable!'],
    ['DELETE FROM shop.orders WHERE id = 1 -- one', 'unreadable!'],
    ['DELETE FROM shop.orders WHERE id = 1 # one', 'unreadable!'],
    ["DELETE FROM shop.orders WHERE id = 'one", 'unreadable!'],
    ['DELETE FROM shop.orders WHERE id = @one', 'unreadable!'],
    ['DELETE FROM shop.orders WHERE id = ?', 'unreadable!'],
    ['', 'unreadable!'],
    ['COMMIT', 'transaction-control!'],
    ['SET sql_mode = 1', 'session-setting!'],
    ['CALL shop.all_of_it()', 'hidden-statements!'],
    ['SELECT 1', 'query!'],
    [
      'CREATE DEFINER = me TRIGGER shop.t BEFORE INSERT ON shop.orders FOR EACH ROW DELETE FROM shop.users',
      'program!',
    ],
    ['DROP EVENT shop.e', 'program!'],
    ['CREATE UNIQUE INDEX i ON shop.orders (id)', 'index-by-alter-table!'],
    ['TRUNCATE TABLE shop.orders', 'truncate!'],
    ['DELETE FROM underpin.event WHERE id = 1', 'ledger!'],
    ['GRANT SELECT ON shop.orders TO me', 'unknown-statement!'],
    ['OPTIMIZE TABLE shop.orders', 'unknown-statement!'],
    ['ALTER TABLE orders ADD COLUMN size INT', 'table-with-database!'],
    ['ALTER TABLE shop.orders RENAME purchases', 'table-with-database!'],
    ['RENAME TABLE shop.orders TO purchases', 'table-with-database!'],
    ['DROP TABLE shop.orders, event', 'table-with-database!'],
    ['UPDATE event SET what = 1 WHERE id = 1', 'table-with-database!'],
    ['UPDATE shop.orders, event SET what = 1 WHERE id = 1', 'table-with-database!'],
    ['UPDATE shop.orders JOIN event SET what = 1 WHERE id = 1', 'table-with-database!'],
    ['INSERT INTO shop.plans SELECT 1 FROM shop.orders, event', 'table-with-database!'],
    ['DELETE FROM event WHERE id = 1', 'table-with-database!'],
    ['DELETE event FROM event JOIN shop.orders WHERE id = 1', 'table-with-database!'],
    ['CREATE VIEW shop.v AS SELECT 1 FROM event', 'table-with-database!'],
    ['CREATE TABLE shop.notes LIKE event', 'table-with-database!'],
    ['ALTER TABLE shop.orders ADD COLUMN size INT, ALGORITHM = COPY', 'algorithm!'],
    ['CREATE TABLE IF NOT EXISTS shop.notes (id INT)', 'if-exists!'],
    ['CREATE TEMPORARY TABLE shop.notes (id INT)', 'if-exists!'],
    ['ALTER TABLE shop.orders EXCHANGE PARTITION p WITH TABLE shop.n', 'tablespace!'],
  ])('knows no reason that makes %s possible', (statement, rule) => {
    expect(rulesOf(statement)).toContain(rule);
  });

  test('takes away in an undo what was just made', () => {
    for (const statement of [
      'DROP TABLE shop.notes',
      'DROP VIEW shop.open',
      'ALTER TABLE shop.orders DROP size',
    ])
      expect(rulesOf(statement, 'undo')).toEqual([]);
  });

  test('a query over tables with their databases writes nothing', () => {
    for (const good of [
      'SELECT 1 FROM shop.orders WHERE status IS NULL',
      'WITH few AS (SELECT id FROM shop.orders) SELECT id FROM few',
    ])
      expect(isQuery(good), good).toBe(true);
    for (const bad of [
      'SELECT 1 FROM orders',
      'SELECT 1 INTO @x',
      "SELECT 1 FROM shop.orders INTO OUTFILE 'x'",
      'SELECT 1 FROM shop.orders FOR UPDATE',
      'SELECT SLEEP(9)',
      'SELECT shop.writes()',
      'DELETE FROM shop.orders WHERE id = 1',
      'SELECT 1; DELETE FROM shop.orders',
    ])
      expect(isQuery(bad), bad).toBe(false);
  });

  test('each statement is a unit, begun as the ledger’s procedure knows it', () => {
    expect(
      ownUnits(
        ["insert into shop.plans values ('x')", 'drop  table\n shop.n', 'alter table shop.o drop key `k``1`'],
        'run',
      ).map(({ statements }) => statements),
    ).toEqual([
      ["INSERT into shop.plans values ('x')"],
      ['DROP TABLE shop.n'],
      ['ALTER TABLE `shop`.`o`\n  DROP INDEX `k``1`'],
    ]);
  });
});
