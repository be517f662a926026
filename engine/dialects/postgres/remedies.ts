import type { Remedies } from '../for-people.ts';
import { findDuplicates } from './duplicates.ts';
import { grantedTo, identifier, literal, qualifiedName } from './quote.ts';
import { dropTable } from './tables.ts';
import type { TableName } from '../../spec/table-name.ts';

const alter = (table: TableName, action: string): string => `ALTER TABLE ${qualifiedName(table)} ${action}`;

const columnText = (table: TableName, column: string): string =>
  `${qualifiedName(table)}.${identifier(column)}`;

/** Statements that a person may run. */
export const remedies: Remedies = {
  column: columnText,
  dropColumn: (table, column) => alter(table, `DROP COLUMN ${identifier(column)}`),
  dropTable,
  dropIndex: (table, index) =>
    `DROP INDEX CONCURRENTLY ${qualifiedName({ schema: table.schema, name: index })}`,
  dropTrigger: (table, trigger) => `DROP TRIGGER ${identifier(trigger)} ON ${qualifiedName(table)}`,
  dropFunction: (signature) => `DROP FUNCTION ${signature}`,
  setNotNull: (table, column) => alter(table, `ALTER COLUMN ${identifier(column)} SET NOT NULL`),
  validate: (table, constraint) => alter(table, `VALIDATE CONSTRAINT ${identifier(constraint)}`),
  changeOwner: (table, owner) => alter(table, `OWNER TO ${identifier(owner)}`),
  comment: (table, column, comment) =>
    `COMMENT ON COLUMN ${columnText(table, column)} IS ${literal(comment)}`,
  grant: (table, column, grant) =>
    `GRANT ${grant.privilege} (${identifier(column)}) ON ${qualifiedName(table)} ${grantedTo(grant)}`,
  identify: (table, index) => alter(table, `REPLICA IDENTITY USING INDEX ${identifier(index)}`),
  findDuplicates,
  analyze: (table) => `ANALYZE ${qualifiedName(table)}`,
  listStubborn: (migration) =>
    `SELECT key, sqlstate FROM underpin.stubborn_row WHERE migration = ${literal(migration)}`,
  forgetStubborn: (migration) => `DELETE FROM underpin.stubborn_row WHERE migration = ${literal(migration)}`,
  findRunning: (migration) => `pg_stat_activity shows them by /* underpin ${migration} … */`,
};
