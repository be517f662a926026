import { identifier } from '../database/postgres-names.ts';
import type { ColumnType } from './column-type.ts';
import type { Pieces } from './expression-pieces.ts';

/** What is made of a value, in SQL. */
export type Step = (value: string) => string;

/** What can be done so that a condition may take a value: SQL of `base`, a row as it was made. */
export interface ValueSteps {
  /** Values of their own. */
  readonly values: readonly string[];
  readonly steps: readonly Step[];
}

/** What they are made of. */
export interface Material<T extends ColumnType = ColumnType> {
  readonly type: T;
  readonly pieces: Pieces;
  /** Other columns of the condition. */
  readonly others: readonly string[];
}

/** SQL of a row's number, which is in every row. */
export const rowNumber = `base.${identifier('underpin n')}`;

export const typed = (value: string, type: ColumnType): string => `(${value})::${type.sql}`;

/** Longer texts and larger arrays are no data. */
const mostItems = 200;

/** Whole numbers near those that a condition names, as sizes. */
export const sizes = ({ numbers }: Pieces): readonly number[] =>
  [
    ...new Set([
      1,
      2,
      ...numbers.flatMap((number) => [-1, 0, 1].map((by) => Math.trunc(Number(number)) + by)),
    ]),
  ]
    .filter((size) => size >= 0 && size <= mostItems)
    .toSorted((a, b) => a - b);
