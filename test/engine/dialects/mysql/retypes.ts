import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';

/** A migration that gives a column another type, under another name. */
export const retypeOn = (
  db: MysqlUnderTest,
  table: string,
  change: Readonly<Record<string, unknown>>,
  name = freshName(),
): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, name, {
    table: `${db.schema}.${table}`,
    change: { kind: 'change-type', column: 'a', to: 'b', ...change },
  });
