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

/** Some say nothing in any of the columns. */
export const plainOrders = `CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0, note text, channel text NOT NULL,
    rank int NOT NULL DEFAULT 7);
  INSERT INTO orders (id, note, channel, rank)
  SELECT n, CASE WHEN n % 3 > 0 THEN 'n' || n END, CASE WHEN n % 4 > 0 THEN 'app' ELSE 'web' END, CASE WHEN n % 5 > 0 THEN n ELSE 7 END
  FROM generate_series(1, 120) AS n;`;
