import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lostPromises } from '../../engine/audit/lost-promises.ts';
import { builtTable } from '../../engine/shapes/shape.ts';
import { measureChanges } from '../../lambdas/evidence/measure-changes.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { leftoversOf } from './leftovers-of.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';
import { bothSay, filledSplit, plainOrders, plannedSplit, splitOf, freshShop } from './split-orders.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE ROLE split_reader');
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY split_reader; DROP ROLE split_reader');
  await db.close();
});
beforeEach(() => freshShop(db));

const filled = (): Promise<MigrationUnderTest> => filledSplit(db);
const both = (id: number, says: string): Promise<void> => bothSay(db, id, says);

describe('columns that go to a table of their own', () => {
  test('take all that they have along; every phase can be undone', async () => {
    const zoo = `CREATE TABLE orders (
        id serial CONSTRAINT orders_key PRIMARY KEY, shop int REFERENCES shops, note text COLLATE "C", channel varchar(9) NOT NULL,
        rank int NOT NULL DEFAULT 7 CONSTRAINT high CHECK (rank > 0));
      CREATE INDEX orders_note ON orders (note DESC NULLS LAST) INCLUDE (rank);
      CREATE INDEX orders_low ON orders (lower(note)) WHERE rank < 5;
      COMMENT ON COLUMN orders.note IS 'what was said'; COMMENT ON INDEX orders_note IS 'by note';
      COMMENT ON CONSTRAINT high ON orders IS 'never low';
      ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500, ALTER COLUMN rank SET (n_distinct = 7),
        ALTER COLUMN note SET STORAGE EXTERNAL;
      GRANT SELECT ON orders TO split_reader; GRANT UPDATE (note) ON orders TO split_reader WITH GRANT OPTION;`;
    await db.sql.query(
      `${zoo} INSERT INTO orders (shop, note, channel) SELECT 1, 'n' || n, 'web' FROM generate_series(1, 60) AS n`,
    );
    const migration = await expectUndoneFromEachPhase(db, 'zoo', splitOf());
    expect(await leftoversOf(migration)).toEqual([]);
    const ours = await catalogSnapshot(db.sql);
    await db.sql.query(`DROP TABLE orders_meta, orders;
      ${zoo}
      CREATE TABLE orders_meta (id int PRIMARY KEY REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE, note text COLLATE "C",
        channel varchar(9) NOT NULL, rank int NOT NULL DEFAULT 7 CONSTRAINT high CHECK (rank > 0));
      CREATE INDEX orders_meta_note ON orders_meta (note DESC NULLS LAST) INCLUDE (rank);
      CREATE INDEX orders_meta_low ON orders_meta (lower(note)) WHERE rank < 5;
      COMMENT ON COLUMN orders_meta.note IS 'what was said'; COMMENT ON INDEX orders_meta_note IS 'by note';
      COMMENT ON CONSTRAINT high ON orders_meta IS 'never low';
      ALTER TABLE orders_meta ALTER COLUMN note SET STATISTICS 500, ALTER COLUMN rank SET (n_distinct = 7),
        ALTER COLUMN note SET STORAGE EXTERNAL;
      GRANT SELECT ON orders_meta TO split_reader; GRANT UPDATE (note) ON orders_meta TO split_reader WITH GRANT OPTION;
      ALTER TABLE orders DROP COLUMN note, DROP COLUMN channel, DROP COLUMN rank`);
    expect(ours).toEqual(await catalogSnapshot(db.sql));
  });

  test('have what was planned at the gates, and rows where something is said', async () => {
    const migration = await filled();
    await migration.apply('verify');
    const { plan } = migration;
    const fresh = { ...plan, table: builtTable(plan.shape, plan.table) };
    expect(await lostPromises(db.database, fresh)).toEqual([]);
    const { rows } = await db.sql.query(`SELECT count(*)::int AS n FROM orders_meta`);
    expect(rows).toEqual([{ n: 118 }]);
    await db.sql.query('ALTER TABLE orders_meta DROP CONSTRAINT orders_meta_id_fkey');
    expect(await lostPromises(db.database, fresh)).toHaveLength(1);
  });

  test('are known to be as planned, or what the new table lacks shuts the gates', async () => {
    const { plan } = await filled();
    const changes = () => measureChanges('read-switch', plan, db.database);
    expect(await changes()).toEqual([]);
    await db.sql.query('CREATE PUBLICATION late FOR ALL TABLES; GRANT SELECT ON orders TO split_reader');
    expect(await changes()).toEqual(['publication late is new', 'right SELECT to split_reader is new']);
    await db.sql.query('DROP PUBLICATION late; REVOKE SELECT ON orders FROM split_reader');
    expect(await changes()).toEqual([]);
  });
});

test('of rows that say nothing each is looked up by its key: no batch reads the new table from end to end', async () => {
  await db.sql.query(`CREATE TABLE orders (id bigint PRIMARY KEY, note text);
    INSERT INTO orders SELECT n, CASE WHEN n % 100 > 0 THEN 'n' || n END FROM generate_series(1, 30000) AS n`);
  const migration = await plannedSplit(db, { kind: 'split-table', into: 'orders_meta', columns: ['note'] });
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  await db.sql.query('ANALYZE orders, orders_meta');
  const [walk] = migration.plan.walks;
  const write = /\$write\$(.*)\$write\$/su.exec(walk && 'batch' in walk ? walk.batch : '')?.[1];
  const { rows } = await db.sql.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (GENERIC_PLAN) ${write?.replaceAll(/\$[12]/gu, '$&::jsonb')}`,
  );
  const planned = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(planned).toContain('orders_meta_pkey on orders_meta');
  expect(planned).not.toMatch(/Seq Scan on orders_meta|hashed/u);
});

describe('whoever writes one table, the other one follows:', () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    [
      'the old application inserts',
      500,
      `INSERT INTO orders (id, note, channel) VALUES (500, 'a', 'tv')`,
      'a|tv|7',
    ],
    [
      'the new application inserts both halves',
      500,
      `INSERT INTO orders (id) VALUES (500); INSERT INTO orders_meta (id, note, channel) VALUES (500, 'a', 'tv')`,
      'a|tv|7',
    ],
    ['the new application inserts one half', 500, 'INSERT INTO orders (id) VALUES (500)', '|web|7'],
    [
      'a half that was said before is written over',
      1,
      `INSERT INTO orders_meta (id, note, channel) VALUES (1, 'b', 'tv') ON CONFLICT (id) DO UPDATE SET note = excluded.note`,
      'b|app|1',
    ],
    ['the old application updates', 1, `UPDATE orders SET note = 'x' WHERE id = 1`, 'x|app|1'],
    [
      'the old application says nothing more',
      1,
      `UPDATE orders SET note = NULL, channel = 'web', rank = 7 WHERE id = 1`,
      '|web|7',
    ],
    ['the new application updates', 1, `UPDATE orders_meta SET note = 'y' WHERE id = 1`, 'y|app|1'],
    ['the new application takes its half away', 1, 'DELETE FROM orders_meta WHERE id = 1', '|web|7'],
    ['the old application deletes', 1, 'DELETE FROM orders WHERE id = 1', 'none'],
    [
      'an order gets another key and other words',
      901,
      `UPDATE orders SET id = id + 900, note = 'k' WHERE id IN (1, 2)`,
      'k|app|1',
    ],
    [
      'a half goes to another order',
      1,
      `DELETE FROM orders_meta WHERE id = 2; UPDATE orders_meta SET id = 2, note = 'went' WHERE id = 1`,
      '|web|7',
    ],
    [
      'the half of that order',
      2,
      `DELETE FROM orders_meta WHERE id = 2; UPDATE orders_meta SET id = 2 WHERE id = 1`,
      'n1|app|1',
    ],
    [
      'keys go round',
      2,
      `UPDATE orders SET id = CASE id WHEN 119 THEN 1119 WHEN 2 THEN 1002 END, note = 'r' || id WHERE id IN (2, 119); UPDATE orders SET id = 2 WHERE id = 1119`,
      'r119|app|119',
    ],
    ['the new table is emptied', 1, 'TRUNCATE orders_meta', '|web|7'],
    ['both are emptied', 1, 'TRUNCATE orders CASCADE', 'none'],
    [
      'a half goes and comes by one snapshot',
      1,
      `BEGIN ISOLATION LEVEL REPEATABLE READ; DELETE FROM orders_meta WHERE id = 1;
       INSERT INTO orders_meta (id, note, channel) VALUES (1, 'again', 'tv'); COMMIT`,
      'again|tv|7',
    ],
    [
      'a bulk load, for which no foreign key acts',
      1,
      `SET session_replication_role = replica; DELETE FROM orders WHERE id = 1; UPDATE orders SET id = 1, note = 'bulk' WHERE id = 2; RESET session_replication_role`,
      'bulk|app|2',
    ],
  ];
  test.each(cases)('%s', async (_, id, sql, says) => {
    const migration = await filled();
    await db.sql.query(sql);
    await both(id, says);
    expect(await migration.mismatches()).toBe(0);
    const { rows } = await db.sql.query(
      'SELECT FROM orders_meta AS m LEFT JOIN orders AS o USING (id) WHERE o.id IS NULL',
    );
    expect(rows).toEqual([]);
  });

  test('before the backfill has come, in quarantine, and back again', async () => {
    await db.sql.query(plainOrders);
    const migration = await plannedSplit(db);
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`UPDATE orders SET note = 'early' WHERE id = 1; DELETE FROM orders WHERE id = 2;
      INSERT INTO orders_meta (id, note, channel) VALUES (60, 'new', 'tv');
      INSERT INTO orders_meta (id, note) VALUES (50, 'part'), (53, 'other') ON CONFLICT (id) DO UPDATE SET note = excluded.note`);
    await migration.apply('backfill');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    await both(1, 'early|app|1');
    await both(60, 'new|tv|7');
    await both(50, 'part|app|7');
    await both(53, 'other|app|53');
    await migration.apply('verify', 'read-switch', 'confidence', 'quarantine');
    await db.sql
      .query(`UPDATE orders_meta SET note = 'hidden' WHERE id = 3; INSERT INTO orders (id) VALUES (700);
      INSERT INTO orders_meta (id, channel) VALUES (700, 'tv'); DELETE FROM orders WHERE id = 4`);
    await migration.undo('quarantine');
    await both(3, 'hidden|app|3');
    await both(700, '|tv|7');
    await both(4, 'none');
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('quarantine', 'contract');
    const { rows } = await db.sql.query(`SELECT note FROM orders_meta WHERE id = 3`);
    expect(rows).toEqual([{ note: 'hidden' }]);
    expect(await leftoversOf(migration)).toEqual([]);
  });

  test('a half without its order is refused, and so is a second one', async () => {
    await filled();
    expect(await sqlState(db.sql.query(`INSERT INTO orders_meta (id, channel) VALUES (5000, 'tv')`))).toBe(
      '23503',
    );
    expect(await sqlState(db.sql.query(`INSERT INTO orders_meta (id, channel) VALUES (1, 'tv')`))).toBe(
      '23505',
    );
  });

  test('a row that differs is found, and made equal by a walk', async () => {
    const migration = await filled();
    await db.sql
      .query(`SET session_replication_role = replica; ALTER TABLE orders DISABLE TRIGGER ALL; ALTER TABLE orders_meta DISABLE TRIGGER ALL;
      UPDATE orders SET note = 'off' WHERE id = 1; UPDATE orders SET note = NULL, channel = 'web', rank = 7 WHERE id = 2;
      DELETE FROM orders_meta WHERE id = 3; INSERT INTO orders_meta (id, channel) VALUES (60, 'tv');
      ALTER TABLE orders ENABLE TRIGGER ALL; ALTER TABLE orders_meta ENABLE TRIGGER ALL; RESET session_replication_role`);
    expect(await migration.mismatches(3)).toBe(4);
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
    await both(2, '|web|7');
  });

  test('a snapshot of before the copy keeps nobody from being told', async () => {
    await db.sql.query(plainOrders);
    const migration = await plannedSplit(db);
    await migration.apply('expand', 'dual-write', 'backfill');
    const writer = await db.connect();
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await migration.backfill();
    const nothing = `UPDATE orders SET note = NULL, channel = 'web', rank = 7 WHERE id = 1`;
    expect(await sqlState(writer.query(nothing))).toBe('40001');
    await writer.query(`ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ; ${nothing}; COMMIT`);
    await both(1, '|web|7');
    expect(await migration.mismatches()).toBe(0);
  });
});
