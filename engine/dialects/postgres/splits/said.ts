import type { MovedColumn, TableSplit } from '../../splits.ts';
import { distinct } from '../pair.ts';
import { identifier } from '../quote.ts';

/** What the columns are called in a table, one for each. */
type Called = readonly string[];

export const ofRow = (row: string, names: Called): Called =>
  names.map((name) => `${row}.${identifier(name)}`);

const isNull = (sql: string): boolean => /^null$/iu.test(sql);

export const unsaidValue = ({ unsaid, type }: Pick<MovedColumn, 'unsaid' | 'type'>): string =>
  isNull(unsaid) ? 'NULL' : `(${unsaid})::${type}`;

/** True of a row that says something in one of its columns, for which the new table must have a row. */
export const saysSomething = ({ moved }: Pick<TableSplit, 'moved'>, values: Called): string =>
  moved
    .map((column, at) => {
      const value = values[at] ?? '';
      if (isNull(column.unsaid) && column.plain) return `${value} IS NOT NULL`;
      const typed = isNull(column.unsaid) ? `NULL::${column.type}` : unsaidValue(column);
      return distinct(value, typed, column);
    })
    .join(' OR ');

/** True where two rows differ in what they say, in any bit that a reader could see. */
export const saysOther = ({ moved }: Pick<TableSplit, 'moved'>, left: Called, right: Called): string =>
  moved.map((column, at) => distinct(left[at] ?? '', right[at] ?? '', column)).join(' OR ');
