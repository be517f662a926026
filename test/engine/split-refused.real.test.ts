import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { moved, plainOrders, plannedSplit, freshShop } from './split-orders.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

describe('what the new table could not have is refused by name:', () => {
  test.each<[string, string, RegExp, typeof moved?]>([
    [
      'a default that varies',
      `ALTER TABLE orders ALTER COLUMN note SET DEFAULT now()::text`,
      /the default \(now\(\)\)::text, which gives/u,
    ],
    [
      'a unique index that one row without words keeps',
      'TRUNCATE orders; CREATE UNIQUE INDEX once ON orders (channel)',
      /the unique index once of orders allows one row alone .* channel 'web'/u,
    ],
    [
      'a unique index over an expression',
      'CREATE UNIQUE INDEX once ON orders (lower(note))',
      /the unique index once of orders allows one row alone/u,
    ],
    [
      'a unique index with NULLS NOT DISTINCT',
      'TRUNCATE orders; CREATE UNIQUE INDEX once ON orders (note) NULLS NOT DISTINCT',
      /the unique index once of orders allows one row alone/u,
    ],
    [
      'a deferrable unique constraint',
      'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (note) DEFERRABLE',
      /the unique index once of orders is deferrable/u,
    ],
    [
      'a unique index as replica identity',
      `TRUNCATE orders; ALTER TABLE orders ALTER COLUMN note SET NOT NULL, ALTER COLUMN note SET DEFAULT '';
       CREATE UNIQUE INDEX once ON orders (id, note); ALTER TABLE orders REPLICA IDENTITY USING INDEX once`,
      /the unique index once of orders is the table's replica identity/u,
    ],
    [
      'a unique index over both',
      'CREATE UNIQUE INDEX once ON orders (note, amount)',
      /the index once of orders is about columns that go and about amount/u,
    ],
    [
      'a unique index that includes a column of the other table',
      'CREATE UNIQUE INDEX once ON orders (note) INCLUDE (amount)',
      /amount/u,
    ],
    [
      'an index over both',
      'CREATE INDEX across ON orders (note, amount)',
      /the index across of orders is about columns that go and about amount/u,
    ],
    [
      'a check over both',
      'ALTER TABLE orders ADD CONSTRAINT pair CHECK (rank > amount)',
      /the check pair of orders is about .* amount, which stays/u,
    ],
    [
      'an unvalidated check',
      'ALTER TABLE orders ADD CONSTRAINT late CHECK (rank > 1) NOT VALID',
      /the check late is not valid/u,
    ],
    [
      'an unvalidated foreign key',
      'ALTER TABLE orders ADD CONSTRAINT ranked FOREIGN KEY (rank) REFERENCES shops NOT VALID',
      /the foreign key ranked is not valid/u,
    ],
    [
      'a foreign key that deletes whole rows',
      'UPDATE orders SET rank = 1; ALTER TABLE orders ADD CONSTRAINT ranked FOREIGN KEY (rank) REFERENCES shops ON DELETE CASCADE',
      /the foreign key ranked deletes rows of orders .* of orders_meta it would delete the half of a row alone/u,
    ],
    [
      'a foreign key over both',
      `CREATE TABLE ranks (amount int, rank int, PRIMARY KEY (amount, rank)); TRUNCATE orders;
       ALTER TABLE orders ADD CONSTRAINT ranked FOREIGN KEY (amount, rank) REFERENCES ranks`,
      /the foreign key ranked of orders is about columns that go and about amount, which stays/u,
    ],
    [
      'a foreign key that allows no half',
      `CREATE TABLE notes (id bigint, note text, PRIMARY KEY (id, note)); TRUNCATE orders;
       ALTER TABLE orders ADD CONSTRAINT noted FOREIGN KEY (id, note) REFERENCES notes MATCH FULL`,
      /the foreign key noted of orders is MATCH FULL, and what orders holds .* \(id, note\) alone/u,
    ],
    [
      'a foreign key of the table to itself that is asked at once',
      'ALTER TABLE orders ADD COLUMN parent bigint; ALTER TABLE orders ADD CONSTRAINT after FOREIGN KEY (parent) REFERENCES orders',
      /a DELETE from orders may take rows of orders together with what they refer to by after: it would be refused/u,
      { ...moved, columns: [...moved.columns, 'parent'] },
    ],
    [
      'a foreign key to what goes by the same cascade',
      `CREATE TABLE tenants (id int PRIMARY KEY);
       CREATE TABLE fleets (id int PRIMARY KEY, tenant int REFERENCES tenants ON DELETE CASCADE);
       CREATE TABLE couriers (id int PRIMARY KEY, fleet int REFERENCES fleets ON DELETE CASCADE);
       ALTER TABLE orders ADD COLUMN tenant int REFERENCES tenants ON DELETE CASCADE,
         ADD COLUMN courier int CONSTRAINT carried REFERENCES couriers ON DELETE RESTRICT`,
      /a DELETE from tenants may take rows of orders together with what they refer to by carried/u,
      { ...moved, columns: [...moved.columns, 'courier'] },
    ],
    [
      'a foreign key of the table itself to a column that goes',
      'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (note), ADD CONSTRAINT after FOREIGN KEY (note) REFERENCES orders (note)',
      /orders\.note is what foreign keys refer to/u,
    ],
    [
      "a foreign key by the name of the new table's key",
      `UPDATE orders SET rank = 1; ALTER TABLE orders ADD CONSTRAINT orders_meta_id_fkey FOREIGN KEY (rank) REFERENCES shops`,
      /orders_meta_id_fkey, a constraint of orders, goes along by its name/u,
    ],
    [
      'a check of that name',
      'ALTER TABLE orders ADD CONSTRAINT orders_meta_id_fkey CHECK (rank > 0)',
      /orders_meta_id_fkey, a constraint of orders, goes along by its name/u,
    ],
    [
      'statistics',
      'CREATE STATISTICS together ON note, rank FROM orders',
      /the statistics together are about/u,
    ],
    [
      'a foreign key of another table',
      'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (note); CREATE TABLE notes (note text REFERENCES orders (note))',
      /orders\.note is what foreign keys refer to/u,
    ],
    [
      'a publication',
      'CREATE PUBLICATION pub FOR TABLE orders',
      /publication pub publishes public\.orders, and/u,
    ],
    [
      'a publication of some columns',
      'CREATE PUBLICATION pub FOR TABLE orders (id, amount)',
      /publication pub publishes public\.orders/u,
    ],
    [
      'a publication of all',
      'CREATE PUBLICATION pub FOR ALL TABLES',
      /publication pub publishes .* publish tables one by one/u,
    ],
    [
      'a publication of a schema',
      'CREATE PUBLICATION pub FOR TABLES IN SCHEMA public',
      /publication pub publishes .* publish tables one by one/u,
    ],
    ['row level security', 'ALTER TABLE orders ENABLE ROW LEVEL SECURITY', /row level security is on/u],
    [
      'a taken name',
      'CREATE TABLE orders_meta ()',
      /there is a relation or a constraint called orders_meta/u,
    ],
    [
      'a trigger that runs after ours',
      'CREATE TRIGGER "~z" BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      /trigger ~z on orders would run after/u,
    ],
  ])('%s', async (_, sql, expected, change = moved) => {
    await db.sql.query(plainOrders + sql);
    try {
      expect(await refusalsOf(plannedSplit(db, change))).toMatch(expected);
    } finally {
      await db.sql.query('DROP PUBLICATION IF EXISTS pub');
    }
  });

  test.each([
    [
      'nothing for a NOT NULL column',
      { ...moved, unsaid: undefined },
      /orders\.channel is NOT NULL and has no default.*`channel: "''"`/su,
    ],
    [
      'a value for a column that needs none',
      { ...moved, unsaid: { ...moved.unsaid, note: `'x'` } },
      /"note" is no column that goes/u,
    ],
    [
      'a member of the key',
      { ...moved, columns: ['id', 'note'], unsaid: undefined },
      /orders\.id belongs to the primary key/u,
    ],
    [
      'a column that is not there',
      { ...moved, columns: ['nota'], unsaid: undefined },
      /no column "nota"\. Did you mean "note"/u,
    ],
  ])('%s', async (_, change, expected) => {
    await db.sql.query(plainOrders);
    expect(await refusalsOf(plannedSplit(db, JSON.parse(JSON.stringify(change))))).toMatch(expected);
  });
});
