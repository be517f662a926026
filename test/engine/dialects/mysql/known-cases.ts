import { afterAll, beforeAll } from 'vitest';
import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { rowsOf } from './renames.ts';

type Change = Readonly<Record<string, unknown>>;

/** What tests of cases from the field share: a database of their own, and plans for its tables. */
export interface KnownCases {
  readonly db: MysqlUnderTest;
  readonly rows: (sql: string) => Promise<readonly unknown[]>;
  readonly plan: (table: string, change: Change) => Promise<MigrationUnderTest>;
  /** Another type beside the column, which is called `next`. */
  readonly retype: (table: string, column: string, type: string) => Promise<MigrationUnderTest>;
}

/** To be called where tests are described. */
export function knownCases(): KnownCases {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());
  const plan = (table: string, change: Change): Promise<MigrationUnderTest> =>
    migrationUnderTest(db.database, freshName(), { table: `${db.schema}.${table}`, change });
  return {
    get db() {
      return db;
    },
    rows: (sql) => rowsOf(db, sql),
    plan,
    retype: (table, column, type) =>
      plan(table, { kind: 'change-type', column, to: 'next', type, up: `\`${column}\``, down: 'next' }),
  };
}
