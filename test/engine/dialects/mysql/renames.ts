import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';

export interface Renamed {
  readonly from?: string;
  readonly to?: string;
  /** Of the migration. */
  readonly name?: string;
}

/** A migration that renames a column of a table. */
export const renameOn = (
  db: MysqlUnderTest,
  table: string,
  { from = 'a', to = 'b', name = freshName() }: Renamed = {},
): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, name, {
    table: `${db.schema}.${table}`,
    change: { kind: 'rename-column', from, to },
  });

/** The rows of a query, each as its values in order. */
export async function rowsOf(db: Pick<MysqlUnderTest, 'sql'>, sql: string): Promise<readonly unknown[]> {
  const [found] = await db.sql.query({ sql, rowsAsArray: true });
  return Array.isArray(found) ? found : [];
}
