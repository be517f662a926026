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
  test.each([
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
      'a foreign key',
      'ALTER TABLE orders ADD CONSTRAINT ranked FOREIGN KEY (rank) REFERENCES shops NOT VALID',
      /the foreign key ranked of orders/u,
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
    ['a publication', 'CREATE PUBLICATION pub FOR TABLE orders', /publication pub has whole rows/u],
    ['a publication of all', 'CREATE PUBLICATION pub FOR ALL TABLES', /publication pub has whole rows/u],
    [
      'a publication of a schema',
      'CREATE PUBLICATION pub FOR TABLES IN SCHEMA public',
      /publication pub has whole rows/u,
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
  ])('%s', async (_, sql, expected) => {
    await db.sql.query(plainOrders + sql);
    try {
      expect(await refusalsOf(plannedSplit(db))).toMatch(expected);
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
