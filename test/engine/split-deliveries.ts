import { expect } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import type { DatabaseUnderTest } from './database-under-test.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';
import { plannedSplit } from './split-orders.ts';

/** The note and the courier go. */
export const delivered = { kind: 'split-table', into: 'orders_meta', columns: ['note', 'courier'] };

/** Every other order has a courier, from 1 to 9. */
export const deliveries = (reference: string): string => `CREATE TABLE couriers (id int PRIMARY KEY);
  INSERT INTO couriers SELECT generate_series(1, 9);
  CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL DEFAULT 0, note text,
    courier int CONSTRAINT carried REFERENCES couriers ${reference});
  INSERT INTO orders (id, note, courier) SELECT n, 'n' || n, CASE WHEN n % 2 = 1 THEN n % 9 + 1 END FROM generate_series(1, 120) AS n;`;

/** How far a migration has come; at last, that it has come back from quarantine. */
export const stages = ['unfilled', 'filled', 'verified', 'hidden', 'back'] as const;
export type Stage = (typeof stages)[number];

const quarantined: readonly PhaseName[] = ['verify', 'read-switch', 'confidence', 'quarantine'];

/** A migration that has come so far, of the table that `orders` makes. */
export async function splitAt(
  db: DatabaseUnderTest,
  stage: Stage,
  orders: string,
  change: Readonly<Record<string, unknown>> = delivered,
): Promise<MigrationUnderTest> {
  await db.sql.query(orders);
  const migration = await plannedSplit(db, change);
  await migration.apply('expand', 'dual-write');
  if (stage === 'unfilled') return migration;
  await migration.apply('backfill');
  await migration.backfill();
  if (stage === 'verified') await migration.apply('verify');
  if (stage === 'hidden' || stage === 'back') await migration.apply(...quarantined);
  if (stage === 'back') await migration.undo('quarantine');
  return migration;
}

/** The rows that the backfill has not come to are copied, and both tables are compared where both can be read. */
export async function agrees(migration: MigrationUnderTest, stage: Stage): Promise<void> {
  if (stage === 'unfilled') await migration.backfill();
  if (stage !== 'hidden') expect(await migration.mismatches()).toBe(0);
}

/** What both applications see of an order, whatever its old columns are called. */
export async function bothHold(
  db: DatabaseUnderTest,
  id: number,
  values: Readonly<Record<string, string | number | null>>,
): Promise<void> {
  const { rows } = await db.sql.query<{ old: Record<string, unknown>; new: Record<string, unknown> }>(
    `SELECT to_jsonb(o) AS old, to_jsonb(m) AS new FROM orders AS o JOIN orders_meta AS m USING (id) WHERE o.id = $1`,
    [id],
  );
  const [{ old, new: fresh } = { old: {}, new: {} }] = rows;
  const names = Object.keys(values);
  const held = (row: Record<string, unknown>): object =>
    Object.fromEntries(names.map((name) => [name, row[name] ?? row[`underpin_quarantined_${name}`] ?? null]));
  expect({ old: held(old), new: held(fresh) }).toEqual({ old: values, new: values });
}
