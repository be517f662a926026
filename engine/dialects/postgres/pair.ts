import type { PairColumn } from '../dual-write.ts';
import { identifier } from './quote.ts';

/** True where two values of one type differ in any bit that a reader could see. NULL equals NULL. */
export function distinct(left: string, right: string, column: PairColumn): string {
  return column.plain ? `${left} IS DISTINCT FROM ${right}` : `record_image_ne(ROW(${left}), ROW(${right}))`;
}

export function same(left: string, right: string, column: PairColumn): string {
  return column.plain
    ? `${left} IS NOT DISTINCT FROM ${right}`
    : `record_image_eq(ROW(${left}), ROW(${right}))`;
}

/** Whether an UPDATE changed one of the columns. `now`: their names at that time. */
export const valueChanged = (columns: readonly PairColumn[], now = namesOf(columns)): string =>
  columns.map((column, at) => distinct(...newAndOld(now[at] ?? ''), column)).join(' OR ');

export const valueUnchanged = (columns: readonly PairColumn[]): readonly string[] =>
  columns.map((column) => same(...newAndOld(column.column), column));

const newAndOld = (column: string): readonly [string, string] => [
  `NEW.${identifier(column)}`,
  `OLD.${identifier(column)}`,
];

export const namesOf = (columns: readonly PairColumn[]): readonly string[] =>
  columns.map(({ column }) => column);
