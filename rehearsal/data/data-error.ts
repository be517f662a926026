import type { TableName } from '../../engine/spec/table-name.ts';

/** Rows could not be made up for a table. Says which table, what stood in the way, and what to do instead. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly table: string;
  /** The constraint, column or trigger that refused, where one is known. */
  readonly constraint: string | undefined;

  constructor(table: TableName, fact: string, constraint?: string) {
    const name = `${table.schema}.${table.name}`;
    super(
      `Cannot make up rows for ${name}: ${fact}. Instead: give a few rows, which are imitated: in the dump of --schema, or in a ` +
        'file of INSERT or COPY that the migration names, `rehearsal: { rows: rows.sql }`.',
    );
    this.table = name;
    this.constraint = constraint;
  }
}
