import type { TableName } from '../spec/table-name.ts';
import type { ForeignKey, HeldRule } from './rules-sql.ts';

interface Quoting {
  readonly identifier: (name: string) => string;
  readonly qualifiedName: (table: TableName) => string;
  /** `SELECT`, and what it must select. */
  readonly select: string;
}

// No column of the table can be meant by this name.
const referencedName = 'underpin referenced';

/** A foreign key's definition, and what is true of a row that refers to nothing. */
export const foreignKeyRule =
  ({ identifier, qualifiedName, select }: Quoting) =>
  (table: TableName, { columns, references, onDelete, onUpdate }: ForeignKey): HeldRule => {
    const list = (names: readonly string[]): string => names.map(identifier).join(', ');
    // Of the row's own table: in a query of its own another table's column of that name would be meant.
    const own = (column: string): string => `${identifier(table.name)}.${identifier(column)}`;
    const referenced = identifier(referencedName);
    const pairs = columns.map((column, at) => [column, references.columns[at] ?? column] as const);
    return {
      definition:
        `FOREIGN KEY (${list(columns)}) REFERENCES ${qualifiedName(references.table)} (${list(references.columns)})` +
        (onUpdate === undefined ? '' : ` ON UPDATE ${onUpdate.toUpperCase()}`) +
        (onDelete === undefined ? '' : ` ON DELETE ${onDelete.toUpperCase()}`),
      // A key of which a part is NULL refers to nothing.
      violated: [
        ...columns.map((column) => `${own(column)} IS NOT NULL`),
        `NOT EXISTS (${select} FROM ${qualifiedName(references.table)} AS ${referenced} WHERE ${pairs
          .map(([ours, theirs]) => `${referenced}.${identifier(theirs)} = ${own(ours)}`)
          .join(' AND ')})`,
      ].join(' AND '),
      reads: [references.table],
    };
  };
