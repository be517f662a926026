import type { Remedies } from '../for-people.ts';
import { findDuplicates } from './duplicates.ts';
import { identifier, literal, qualified } from './quote.ts';
import type { TableName } from '../../spec/table-name.ts';

const alter = (table: TableName, action: string): string => `ALTER TABLE ${qualified(table)} ${action}`;

const columnText = (table: TableName, column: string): string => `${qualified(table)}.${identifier(column)}`;

/** Statements that a person may run. */
export const remedies: Remedies = {
  column: columnText,
  dropColumn: (table, column) => alter(table, `DROP COLUMN ${identifier(column)}`),
  dropIndex: (table, index) => `DROP INDEX CONCURRENTLY ${qualified({ schema: table.schema, name: index })}`,
  dropTrigger: (table, trigger) => `DROP TRIGGER ${identifier(trigger)} ON ${qualified(table)}`,
  dropFunction: (signature) => `DROP FUNCTION ${signature}`,
  setNotNull: (table, column) => alter(table, `ALTER COLUMN ${identifier(column)} SET NOT NULL`),
  validate: (table, constraint) => alter(table, `VALIDATE CONSTRAINT ${identifier(constraint)}`),
  changeOwner: (table, owner) => alter(table, `OWNER TO ${identifier(owner)}`),
  comment: (table, column, comment) =>
    `COMMENT ON COLUMN ${columnText(table, column)} IS ${literal(comment)}`,
  grant: (table, column, { grantee, privilege, grantable }) =>
    `GRANT ${privilege} (${identifier(column)}) ON ${qualified(table)} TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}` +
    (grantable ? ' WITH GRANT OPTION' : ''),
  identify: (table, index) => alter(table, `REPLICA IDENTITY USING INDEX ${identifier(index)}`),
  findDuplicates,
  analyze: (table) => `ANALYZE ${qualified(table)}`,
  findRunning: (migration) => `pg_stat_activity shows them by /* underpin ${migration} … */`,
  seeReplicaLag: 'grant it pg_read_all_stats',
};
