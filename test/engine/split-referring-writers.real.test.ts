import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { couriersOfEach, ReferringWriters, type Order } from './split-referring-writers.ts';
import type { Application } from './split-writers.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const orders = 600;
const lines = async (from: string): Promise<readonly string[]> =>
  (
    await db.sql.query<{ line: string }>(
      `SELECT format('%s %s %s %s %s', o.id, amount, coalesce(note, '-'), coalesce(courier::text, '-'), coalesce(parent::text, '-')) AS line
       FROM ${from} ORDER BY o.id`,
    )
  ).rows.map(({ line }) => line);
const ofNew = () => lines('(SELECT id, amount FROM orders) AS o LEFT JOIN orders_meta AS m USING (id)');
const couriers = async (): Promise<readonly number[]> =>
  (await db.sql.query<{ id: number }>('SELECT id FROM couriers ORDER BY id')).rows.map(({ id }) => id);

/** What an order refers to is its writer's. */
const given = (writers: number): ReadonlyMap<number, Order> =>
  new Map(
    Array.from({ length: orders }, (_, at) => {
      const id = at + 1;
      const note = at % 3 === 0 ? null : `old ${at}`;
      const courier = at % 4 === 0 ? null : (at % couriersOfEach) * writers + (id % writers) + 1;
      const parent = at % 5 === 0 && id > writers ? id - writers : null;
      return [id, { amount: at, note, courier, parent }] as const;
    }),
  );

const applications: readonly (readonly [string, readonly Application[]])[] = [
  ['the old application', ['old', 'old', 'old']],
  ['the new application', ['new', 'new', 'new']],
  ['both applications', ['old', 'new', 'both', 'both']],
];

test.each(applications)(
  'both tables and what they refer to are what %s was told, through every phase, back, and to the end',
  { timeout: 600_000 },
  async (_, kinds) => {
    const before = given(kinds.length);
    await db.sql.query(`DROP TABLE IF EXISTS orders_meta, orders, couriers CASCADE;
      CREATE TABLE couriers (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
      INSERT INTO couriers SELECT generate_series(1, ${couriersOfEach * kinds.length});
      -- An autovacuum gives way to a lock only when somebody has waited for it for a second.
      CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL, note text,
        courier int REFERENCES couriers ON DELETE SET NULL ON UPDATE CASCADE,
        parent bigint REFERENCES orders ON DELETE SET NULL ON UPDATE CASCADE) WITH (autovacuum_enabled = false);
      CREATE INDEX orders_courier ON orders (courier); CREATE INDEX orders_parent ON orders (parent)`);
    await db.sql.query(
      `INSERT INTO orders SELECT * FROM jsonb_to_recordset($1) AS o (id bigint, amount int, note text, courier int, parent bigint)`,
      [JSON.stringify([...before].map(([id, order]) => ({ id, ...order })))],
    );
    const migration = await migrationUnderTest(db.database, `r-${kinds.join('-')}`, {
      table: 'public.orders',
      change: { kind: 'split-table', into: 'orders_meta', columns: ['note', 'courier', 'parent'] },
    });
    await migration.apply('expand', 'dual-write');
    const writers = await ReferringWriters.start(db, kinds, before);
    try {
      await writers.more(250);
      await migration.backfill();
      await migration.apply('backfill');
      await writers.more(100);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('verify', 'read-switch', 'confidence');
      await writers.more(200);
      writers.isOldThere = false;
      await migration.apply('quarantine');
      await writers.more(150);
      await migration.undo('quarantine');
      writers.isOldThere = true;
      await writers.more(150);
      expect(await migration.mismatches()).toBe(0);
      writers.isOldThere = false;
      await migration.apply('quarantine', 'contract');
      await writers.more(150);
    } finally {
      await writers.stop();
    }
    expect(writers.failures).toEqual([]);
    expect(writers.refused).toBeGreaterThan(0);
    expect(await ofNew()).toEqual(writers.expected);
    expect(await couriers()).toEqual(writers.couriers);
  },
);
