import type { TableName } from '../../engine/spec/spec.ts';

/** Rows could not be made up for a table. Says which table, what stood in the way, and what to do instead. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly table: string;
  /** The constraint, column or trigger that refused, where one is known. */
  readonly constraint: string | undefined;

  constructor(table: TableName, fact: string, constraint?: string) {
    const name = `${table.schema}.${table.name}`;
    super(
      `Cannot make up rows for ${name}: ${fact}. Instead: rehearse with a dump that holds data, ` +
        `or put a few rows into ${name}, to be imitated.`,
    );
    this.table = name;
    this.constraint = constraint;
  }
}
