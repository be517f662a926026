import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { rowsOf } from './renames.ts';

interface Widened {
  readonly column?: string;
  readonly type?: string;
  readonly name?: string;
}

/** A migration that gives a table's key a wider type by a copy of the table. */
export const widenOn = (
  db: MysqlUnderTest,
  table: string,
  { column = 'id', type = 'bigint', name = freshName() }: Widened = {},
): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, name, {
    table: `${db.schema}.${table}`,
    change: { kind: 'change-primary-key', column, type },
  });

/** Up to where both tables may exchange their names. */
export async function copied(migration: MigrationUnderTest): Promise<void> {
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify');
}

/** What a migration of its kind leaves of a schema: tables, triggers and what the ledger has begun. */
export const leftovers = (db: MysqlUnderTest): Promise<readonly unknown[]> =>
  rowsOf(
    db,
    `SELECT table_name FROM information_schema.tables WHERE table_schema = '${db.schema}' AND table_name LIKE '%underpin%'
     UNION ALL SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '${db.schema}'`,
  );
