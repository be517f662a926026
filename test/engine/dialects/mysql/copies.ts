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

/** Up to where both tables may exchange their names once nobody reads by an older snapshot. */
export async function justCopied(migration: MigrationUnderTest): Promise<void> {
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify');
}

/** The same, so long ago that transactions of other tests are not waited for. */
export async function copied(migration: MigrationUnderTest): Promise<void> {
  await justCopied(migration);
  await letBatchesBeOld(migration);
}

/** Whoever begins within ten seconds of the last batch may not see it, and keeps the names where they are. */
export const letBatchesBeOld = ({
  claim: { migration },
  database,
}: Pick<MigrationUnderTest, 'claim' | 'database'>): Promise<void> =>
  database.run({
    text: `UPDATE underpin.checkpoint
      SET started_at = started_at - INTERVAL 11 SECOND, updated_at = updated_at - INTERVAL 11 SECOND
      WHERE migration = :migration AND purpose IN ('backfill', 'repair')`,
    parameters: { migration },
  });

/** What a migration of its kind leaves of a schema: tables, triggers and what the ledger has begun. */
export const leftovers = (db: MysqlUnderTest): Promise<readonly unknown[]> =>
  rowsOf(
    db,
    `SELECT table_name FROM information_schema.tables WHERE table_schema = '${db.schema}' AND table_name LIKE '%underpin%'
     UNION ALL SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '${db.schema}'`,
  );
