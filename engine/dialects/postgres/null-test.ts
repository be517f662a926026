import type { PairColumn } from '../dual-write.ts';

type Tested = Pick<PairColumn, 'plain'>;

/**
 * Whether a value is NULL. IS NULL and IS NOT NULL ask a composite value for its fields: ROW(NULL, NULL) that somebody has written
 * would pass for NULL, and ROW(1, NULL) for neither of the two. Of every other type both tests are the same.
 */
export const isNull = (value: string, { plain }: Tested): string =>
  plain ? `${value} IS NULL` : `${value} IS NOT DISTINCT FROM NULL`;

export const isNotNull = (value: string, { plain }: Tested): string =>
  plain ? `${value} IS NOT NULL` : `${value} IS DISTINCT FROM NULL`;

export const allNull = (values: readonly string[], columns: readonly Tested[]): string =>
  ofEach(isNull, values, columns).join(' AND ');

export const anyNotNull = (values: readonly string[], columns: readonly Tested[]): string =>
  ofEach(isNotNull, values, columns).join(' OR ');

const ofEach = (
  test: typeof isNull,
  values: readonly string[],
  columns: readonly Tested[],
): readonly string[] => columns.map((column, at) => test(values[at] ?? '', column));
