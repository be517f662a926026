import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lostPromises } from '../../engine/audit/lost-promises.ts';
import { builtTable } from '../../engine/shapes/shape.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { leftoversOf } from './leftovers-of.ts';
import { bothSay, freshShop, orderSays, plainOrders, plannedSplit, splitOf } from './split-orders.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

const both = (id: number, says: string): Promise<void> => bothSay(db, id, says);

test('unique indexes and constraints of columns that go are built over the new ones, and every phase can be undone', async () => {
  const zoo = `CREATE TABLE orders (
      id int PRIMARY KEY, amount int, note text CONSTRAINT orders_once UNIQUE, channel varchar(9) NOT NULL, rank int NOT NULL DEFAULT 7);
    CREATE UNIQUE INDEX orders_pair ON orders (channel, lower(note), note DESC) WHERE rank > 3;
    CREATE UNIQUE INDEX by_all ON orders (id, channel) INCLUDE (rank);
    COMMENT ON CONSTRAINT orders_once ON orders IS 'said once'; COMMENT ON INDEX by_all IS 'by all';
    ALTER INDEX orders_pair ALTER COLUMN 2 SET STATISTICS 300;`;
  await db.sql.query(
    `${zoo} INSERT INTO orders (id, note, channel) SELECT n, 'n' || n, 'app' FROM generate_series(1, 60) AS n`,
  );
  const migration = await expectUndoneFromEachPhase(db, 'uniques', splitOf());
  expect(await leftoversOf(migration)).toEqual([]);
  const ours = await catalogSnapshot(db.sql);
  await db.sql.query(`DROP TABLE orders_meta, orders;
    ${zoo}
    CREATE TABLE orders_meta (id int PRIMARY KEY REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE,
      note text CONSTRAINT orders_meta_once UNIQUE, channel varchar(9) NOT NULL, rank int NOT NULL DEFAULT 7);
    CREATE UNIQUE INDEX orders_meta_pair ON orders_meta (channel, lower(note), note DESC) WHERE rank > 3;
    CREATE UNIQUE INDEX orders_meta_by_all ON orders_meta (id, channel) INCLUDE (rank);
    COMMENT ON CONSTRAINT orders_meta_once ON orders_meta IS 'said once'; COMMENT ON INDEX orders_meta_by_all IS 'by all';
    ALTER INDEX orders_meta_pair ALTER COLUMN 2 SET STATISTICS 300;
    ALTER TABLE orders DROP COLUMN note, DROP COLUMN channel, DROP COLUMN rank`);
  expect(ours).toEqual(await catalogSnapshot(db.sql));
});

test('a value that is there is refused from either side, in every phase; ON CONFLICT finds it from verify on', async () => {
  await db.sql.query(`${plainOrders} ALTER TABLE orders ADD CONSTRAINT once UNIQUE (note)`);
  const migration = await plannedSplit(db);
  await migration.apply('expand', 'dual-write');
  // Order 53 says n53, and 60 says nothing.
  const taken = [
    `UPDATE orders SET note = 'n53' WHERE id = 60`,
    `INSERT INTO orders_meta (id, note, channel) VALUES (60, 'n53', 'tv')`,
    `INSERT INTO orders_meta (id, note, channel) VALUES (60, 'n53', 'tv') ON CONFLICT (id) DO UPDATE SET note = excluded.note`,
  ];
  const refused = async (): Promise<void> => {
    for (const sql of taken) expect(await sqlState(db.sql.query(sql))).toBe('23505');
    await both(60, '|web|7');
    expect(await orderSays(db, 53)).toBe('n53|app|53');
  };
  const found = `INSERT INTO orders_meta (id, note, channel) VALUES (60, 'n53', 'tv') ON CONFLICT (note) DO UPDATE SET channel = excluded.channel`;
  await refused();
  expect(await sqlState(db.sql.query(found))).toBe('42P10');
  await migration.apply('backfill');
  await migration.backfill();
  await refused();
  await migration.apply('verify');
  await refused();
  // What one gives up, another may have, in one statement too.
  await db.sql.query(`UPDATE orders SET note = CASE id WHEN 1 THEN NULL ELSE 'n1' END WHERE id IN (1, 60);
    UPDATE orders_meta SET note = CASE id WHEN 2 THEN NULL ELSE 'n2' END WHERE id IN (2, 60)`);
  await both(60, 'n2|web|7');
  expect((await db.sql.query(found)).rowCount).toBe(1);
  await both(53, 'n53|tv|53');
  expect(await migration.mismatches()).toBe(0);
  const { plan } = migration;
  const fresh = { ...plan, table: builtTable(plan.shape, plan.table) };
  expect(await lostPromises(db.database, fresh)).toEqual([]);
  await db.sql.query('ALTER TABLE orders_meta DROP CONSTRAINT orders_meta_once');
  expect(await lostPromises(db.database, fresh)).toHaveLength(2);
});
