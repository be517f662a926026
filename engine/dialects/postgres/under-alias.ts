import type { TableName } from '../../spec/table-name.ts';
import { identifier } from './quote.ts';

/** An expression that calls the column `as`: a one-row subquery has it under that name, with or without the table's. */
export const underAlias = (
  { table, name, as }: { readonly table: TableName; readonly name: string; readonly as: string },
  expression: string,
): string =>
  `(SELECT (${expression}) FROM (SELECT ${identifier(name)}) AS ${identifier(table.name)} (${identifier(as)}))`;
