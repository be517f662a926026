import { expect } from 'vitest';
import type { DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from './migration-under-test.ts';

export const moved = {
  kind: 'split-table',
  into: 'orders_meta',
  columns: ['note', 'channel', 'rank'],
  unsaid: { channel: `'web'` },
};
export const splitOf = (change: Readonly<Record<string, unknown>> = moved): Declared => ({
  table: 'public.orders',
  change,
});

let count = 0;
export const plannedSplit = (
  db: DatabaseUnderTest,
  change?: Readonly<Record<string, unknown>>,
): Promise<MigrationUnderTest> => migrationUnderTest(db.database, `s-${(count += 1)}`, splitOf(change));

/** Nothing but a shop. */
export const freshShop = (db: DatabaseUnderTest): Promise<unknown> =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
    CREATE TABLE shops (id int PRIMARY KEY); INSERT INTO shops VALUES (1)`);

/** Some say nothing in any of the columns. */
export const plainOrders = `CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0, note text, channel text NOT NULL,
    rank int NOT NULL DEFAULT 7);
  INSERT INTO orders (id, note, channel, rank)
  SELECT n, CASE WHEN n % 3 > 0 THEN 'n' || n END, CASE WHEN n % 4 > 0 THEN 'app' ELSE 'web' END, CASE WHEN n % 5 > 0 THEN n ELSE 7 END
  FROM generate_series(1, 120) AS n;`;

/** An order as both applications see it; the new one reads by a join. */
export async function bothSay(db: DatabaseUnderTest, id: number, says: string): Promise<void> {
  const { rows } = await db.sql.query<{ old: string; new: string }>(
    `SELECT format('%s|%s|%s', o.note, o.channel, o.rank) AS old,
            format('%s|%s|%s', m.note, coalesce(m.channel, 'web'), coalesce(m.rank, 7)) AS new
     FROM orders AS o LEFT JOIN orders_meta AS m USING (id) WHERE id = $1`,
    [id],
  );
  expect(rows[0] ?? { old: 'none', new: 'none' }).toEqual({ old: says, new: says });
}

/** What the old columns hold. */
export async function orderSays(db: DatabaseUnderTest, id: number): Promise<string | undefined> {
  const { rows } = await db.sql.query<{ says: string }>(
    `SELECT format('%s|%s|%s', note, channel, rank) AS says FROM orders WHERE id = $1`,
    [id],
  );
  return rows[0]?.says;
}

/** Orders of which nothing is copied yet. */
export async function unfilledSplit(db: DatabaseUnderTest): Promise<MigrationUnderTest> {
  await db.sql.query(plainOrders);
  const migration = await plannedSplit(db);
  await migration.apply('expand', 'dual-write');
  return migration;
}

/** Orders of which all is copied. */
export async function filledSplit(db: DatabaseUnderTest): Promise<MigrationUnderTest> {
  const migration = await unfilledSplit(db);
  await migration.apply('backfill');
  await migration.backfill();
  expect(await migration.mismatches()).toBe(0);
  return migration;
}
