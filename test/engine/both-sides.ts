import type { Client } from 'pg';
import type { DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A template whose places are bound. */
export const askOf =
  (client: Client) =>
  async (text: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    (
      await client.query<Row>(
        text.reduce((all, part, at) => `${all}$${at}${part}`),
        [...values],
      )
    ).rows;
export type Ask = ReturnType<typeof askOf>;

export const rename = {
  kind: 'rename-column',
  from: 'email',
  to: 'email_address',
  dualWrite: 'application',
};
export const retype = {
  kind: 'change-type',
  column: 'amount',
  to: 'amount_v2',
  type: 'numeric(14,2)',
  up: 'amount / 100.0',
  down: 'round(amount_v2 * 100)::integer',
  dualWrite: 'application',
};

let names = 0;

/** A table `t` of 400 rows, both sides of which the application is to write. A flag is heard of within a second. */
export async function bothSidesOf(
  db: DatabaseUnderTest,
  change: Readonly<Record<string, unknown>>,
): Promise<MigrationUnderTest> {
  const sql = askOf(db.sql);
  await sql`DROP TABLE IF EXISTS t`;
  await sql`CREATE TABLE t (id int PRIMARY KEY, email text NOT NULL, amount int NOT NULL DEFAULT 0)`;
  await sql`INSERT INTO t SELECT n, 'mail ' || n, n FROM generate_series(1, 400) AS n`;
  return migrationUnderTest(db.database, `both-${(names += 1)}`, {
    table: 't',
    change,
    reads: { bake: '1s' },
  });
}

export async function untilVerified(migration: MigrationUnderTest): Promise<void> {
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify');
}
