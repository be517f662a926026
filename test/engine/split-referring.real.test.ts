import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { agrees, bothHold, splitAt, stages } from './split-deliveries.ts';
import { freshShop } from './split-orders.ts';

// What becomes of rows with what they refer to, in every phase.

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

/** Each key has couriers of its own: 11 to 19, 21 to 29, and so on; those of order 1 end with 2. */
const columns = ['forgets', 'falls_back', 'follows', 'keeps', 'late'];
const orders = `CREATE TABLE couriers (id int PRIMARY KEY); INSERT INTO couriers SELECT generate_series(10, 60);
  CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0,
    forgets int REFERENCES couriers ON DELETE SET NULL,
    falls_back int DEFAULT 27 REFERENCES couriers ON DELETE SET DEFAULT,
    follows int REFERENCES couriers ON UPDATE CASCADE,
    keeps int REFERENCES couriers ON DELETE RESTRICT,
    late int CONSTRAINT late_key REFERENCES couriers DEFERRABLE);
  INSERT INTO orders (id, ${columns.join(', ')}) SELECT n, 11 + n % 9, 21 + n % 9, 31 + n % 9, 41 + n % 9, 51 + n % 9 FROM generate_series(1, 60) AS n`;

const upsert = (id: number, column: string, value: number): string =>
  `INSERT INTO orders_meta (id, ${column}) VALUES (${id}, ${value}) ON CONFLICT (id) DO UPDATE SET ${column} = excluded.${column}`;

test.each(stages)('what orders refer to is deleted or gets another key: %s', async (stage) => {
  const migration = await splitAt(db, stage, orders, {
    kind: 'split-table',
    into: 'orders_meta',
    columns,
  });
  const refused = async (sql: string, states = /^23503$/u): Promise<void> =>
    expect(await sqlState(db.sql.query(sql))).toMatch(states);

  await db.sql.query('DELETE FROM couriers WHERE id IN (12, 22)');
  await db.sql.query('UPDATE couriers SET id = id + 100 WHERE id BETWEEN 31 AND 39');
  // PostgreSQL 18 has a state of its own for RESTRICT.
  await refused('DELETE FROM couriers WHERE id = 42', /^23(?:503|001)$/u);
  const old = stage === 'hidden' ? 'underpin_quarantined_keeps' : 'keeps';
  await db.sql.query(`UPDATE orders SET ${old} = 43 WHERE ${old} = 42; DELETE FROM couriers WHERE id = 42`);

  await refused(upsert(1, 'forgets', 77));
  await refused(`INSERT INTO orders (id) VALUES (500); INSERT INTO orders_meta (id, keeps) VALUES (500, 77)`);
  await refused(`UPDATE orders SET ${old} = 77 WHERE id = 1`);
  await db.sql.query(
    `INSERT INTO orders (id) VALUES (501); INSERT INTO orders_meta (id, keeps) VALUES (501, 47)`,
  );

  await refused(upsert(1, 'late', 77));
  // One name means the keys of both tables.
  const deferred = (sql: string): string => `BEGIN; SET CONSTRAINTS late_key DEFERRED; ${sql}; COMMIT`;
  await db.sql.query(deferred(`${upsert(1, 'late', 77)}; INSERT INTO couriers VALUES (77)`));
  await refused(deferred('DELETE FROM couriers WHERE id = 77'));
  await db.sql.query('ROLLBACK');

  await agrees(migration, stage);
  await bothHold(db, 1, { forgets: null, falls_back: 27, follows: 132, keeps: 43, late: 77 });
  await bothHold(db, 2, { forgets: 13, falls_back: 23, follows: 133, keeps: 43, late: 53 });
  await bothHold(db, 501, { forgets: null, falls_back: 27, keeps: 47 });
});

const family = `CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0,
    parent bigint REFERENCES orders ON DELETE SET NULL ON UPDATE CASCADE,
    origin bigint REFERENCES orders DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO orders (id, parent, origin) SELECT n, nullif(n / 2, 0), CASE WHEN n > 100 THEN n - 1 END FROM generate_series(1, 120) AS n`;

test.each(stages)('orders refer to orders, and some are deleted or get another key: %s', async (stage) => {
  const migration = await splitAt(db, stage, family, {
    kind: 'split-table',
    into: 'orders_meta',
    columns: ['parent', 'origin'],
  });
  // A parent with its child; orders with all that came from them; one whose children follow it.
  await db.sql.query('DELETE FROM orders WHERE id IN (2, 4); DELETE FROM orders WHERE id > 110');
  await db.sql.query('UPDATE orders SET id = 1003 WHERE id = 3');
  expect(await sqlState(db.sql.query('DELETE FROM orders WHERE id = 105'))).toBe('23503');
  await agrees(migration, stage);
  await bothHold(db, 5, { parent: null });
  await bothHold(db, 8, { parent: null });
  await bothHold(db, 6, { parent: 1003 });
  await bothHold(db, 1003, { parent: 1 });
  await bothHold(db, 110, { parent: 55, origin: 109 });
});

test('what goes by one cascade together with its rows goes in every phase, where the key is deferred', async () => {
  const migration = await splitAt(
    db,
    'unfilled',
    `CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants SELECT generate_series(1, 9);
     CREATE TABLE couriers (id int PRIMARY KEY, tenant int REFERENCES tenants ON DELETE CASCADE);
     INSERT INTO couriers SELECT n, n FROM generate_series(1, 9) AS n;
     CREATE TABLE orders (id bigint PRIMARY KEY, tenant int REFERENCES tenants ON DELETE CASCADE,
       courier int REFERENCES couriers DEFERRABLE INITIALLY DEFERRED);
     INSERT INTO orders SELECT n, n % 9 + 1, n % 9 + 1 FROM generate_series(1, 90) AS n`,
    { kind: 'split-table', into: 'orders_meta', columns: ['courier'] },
  );
  const goes = (tenant: number): Promise<unknown> => db.sql.query(`DELETE FROM tenants WHERE id = ${tenant}`);
  await goes(1);
  await migration.apply('backfill');
  await migration.backfill();
  await goes(2);
  await migration.apply('verify', 'read-switch', 'confidence');
  await goes(3);
  await migration.apply('quarantine');
  await goes(4);
  await migration.apply('contract');
  await goes(5);
  const { rows } = await db.sql.query('SELECT count(*)::int AS n FROM orders JOIN orders_meta USING (id)');
  expect(rows).toEqual([{ n: 40 }]);
});
