import type { TableName } from '../../spec/table-name.ts';
import type { ForeignKey, HeldRule, RulesSql } from '../rules-sql.ts';
import { findViolations } from './violations.ts';
import { identifier, qualifiedName } from './quote.ts';

const list = (columns: readonly string[]): string => columns.map(identifier).join(', ');

/** Of the row's own table: in a query of its own another table's column of that name would be meant. */
const own = (table: TableName, column: string): string => `${identifier(table.name)}.${identifier(column)}`;

// No column of the table can be meant by this name.
const referenced = identifier('underpin referenced');

function foreignKey(table: TableName, { columns, references, onDelete, onUpdate }: ForeignKey): HeldRule {
  const pairs = columns.map((column, at) => [column, references.columns[at] ?? column] as const);
  return {
    definition:
      `FOREIGN KEY (${list(columns)}) REFERENCES ${qualifiedName(references.table)} (${list(references.columns)})` +
      (onUpdate === undefined ? '' : ` ON UPDATE ${onUpdate.toUpperCase()}`) +
      (onDelete === undefined ? '' : ` ON DELETE ${onDelete.toUpperCase()}`),
    // A key of which a part is NULL refers to nothing.
    violated: [
      ...columns.map((column) => `${own(table, column)} IS NOT NULL`),
      `NOT EXISTS (SELECT FROM ${qualifiedName(references.table)} AS ${referenced} WHERE ${pairs
        .map(([ours, theirs]) => `${referenced}.${identifier(theirs)} = ${own(table, ours)}`)
        .join(' AND ')})`,
    ].join(' AND '),
  };
}

export const rules: RulesSql = {
  notNull: (column) => ({
    definition: `CHECK (${identifier(column)} IS NOT NULL)`,
    violated: `${identifier(column)} IS NULL`,
  }),
  check: (expression) => ({ definition: `CHECK (${expression})`, violated: `(${expression}) IS FALSE` }),
  foreignKey,
  findViolations,
  uniqueKey: (columns) => `(${list(columns)})`,
};
