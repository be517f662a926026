import type { Pair, PairColumn } from '../dual-write.ts';
import { identifier } from './quote.ts';

/** True where two values of one type differ in any bit that a reader could see. NULL equals NULL. */
export function distinct(left: string, right: string, column: PairColumn): string {
  return column.plain ? `${left} IS DISTINCT FROM ${right}` : `record_image_ne(ROW(${left}), ROW(${right}))`;
}

function same(left: string, right: string, column: PairColumn): string {
  return column.plain
    ? `${left} IS NOT DISTINCT FROM ${right}`
    : `record_image_eq(ROW(${left}), ROW(${right}))`;
}

/** Whether an UPDATE changed one of the columns. `now`: their names at that time. */
export const valueChanged = (columns: readonly PairColumn[], now = namesOf(columns)): string =>
  columns
    .map((column, at) =>
      distinct(`NEW.${identifier(now[at] ?? '')}`, `OLD.${identifier(now[at] ?? '')}`, column),
    )
    .join(' OR ');

export const valueUnchanged = (columns: readonly PairColumn[]): readonly string[] =>
  columns.map((column) =>
    same(`NEW.${identifier(column.column)}`, `OLD.${identifier(column.column)}`, column),
  );

export const namesOf = (columns: readonly PairColumn[]): readonly string[] =>
  columns.map(({ column }) => column);

/** Values of a side, column by column. */
export interface Values {
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/**
 * Whether the two sides of a row agree: a lossy conversion does when either direction gives what is there.
 * CASE fixes the order: `down` is asked only where `up` says no, and NULL never counts as written by the new side.
 */
export const agreement = (
  pair: Pair,
  values: Values,
  converted: { readonly up: readonly string[]; readonly down: readonly string[] },
): string =>
  [
    `CASE WHEN ${isNull(values.new)} THEN ${isNull(converted.up)}`,
    `     WHEN ${allSame(values.new, converted.up, pair.new)} THEN true`,
    `     ELSE ${allSame(values.old, converted.down, pair.old)} END`,
  ].join('\n');

const isNull = (values: readonly string[]): string => values.map((value) => `${value} IS NULL`).join(' AND ');

const allSame = (left: readonly string[], right: readonly string[], columns: readonly PairColumn[]): string =>
  columns.map((column, at) => same(left[at] ?? '', right[at] ?? '', column)).join(' AND ');
