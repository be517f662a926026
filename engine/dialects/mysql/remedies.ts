import type { Remedies } from '../for-people.ts';
import type { TableName } from '../../spec/table-name.ts';
import { identifier, qualifiedName } from './quote.ts';
import { notYet } from './not-yet.ts';

const alter = (table: TableName, action: string): string => `ALTER TABLE ${qualifiedName(table)} ${action}`;

const columnText = (table: TableName, column: string): string =>
  `${qualifiedName(table)}.${identifier(column)}`;

/** Statements that a person may run. */
export const remedies: Remedies = {
  column: columnText,
  dropColumn: (table, column) => alter(table, `DROP COLUMN ${identifier(column)}`),
  dropTable: (table) => `DROP TABLE ${qualifiedName(table)}`,
  dropIndex: (table, index) => alter(table, `DROP INDEX ${identifier(index)}`),
  dropTrigger: (table, trigger) => `DROP TRIGGER ${qualifiedName({ schema: table.schema, name: trigger })}`,
  dropFunction: (signature) => `DROP FUNCTION ${signature}`,
  setNotNull: (table, column) =>
    `${alter(table, `MODIFY COLUMN ${identifier(column)}`)} … NOT NULL, with the rest of its definition as SHOW CREATE TABLE prints it`,
  validate: (table, constraint) => alter(table, `ALTER CHECK ${identifier(constraint)} ENFORCED`),
  // Tables have no owner, and the grants of columns are not carried over.
  changeOwner: notYet('owners of tables'),
  grant: notYet('grants of columns'),
  comment: (table, column, comment) =>
    `${alter(table, `MODIFY COLUMN ${identifier(column)}`)} … COMMENT ${JSON.stringify(comment)}, with the rest of its definition as SHOW CREATE TABLE prints it`,
  analyze: (table) => `ANALYZE TABLE ${qualifiedName(table)}`,
  identify: notYet('replica identities'),
  findDuplicates: notYet('unique indexes over converted values'),
  listStubborn: (migration) =>
    `SELECT row_key, code FROM underpin.stubborn_row WHERE migration = '${migration}'`,
  forgetStubborn: (migration) => `DELETE FROM underpin.stubborn_row WHERE migration = '${migration}'`,
  findRunning: (migration) => `SHOW FULL PROCESSLIST shows them by /* underpin ${migration} … */`,
};
