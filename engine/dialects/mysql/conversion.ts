import type { Pair, PairColumn } from '../dual-write.ts';
import { computedFromValues, type Computed, type TypedColumn } from './computed.ts';
import { same } from './pair.ts';

/** Both sides of a pair, and the author's expressions for them: each column is computed from the whole other side. */
export interface Conversion {
  readonly migration: string;
  readonly old: readonly PairColumn[];
  readonly new: readonly PairColumn[];
  readonly up: readonly Computed[];
  readonly down: readonly Computed[];
}

/** Values of both sides, column by column. */
export interface Values {
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/** Undefined for a pair that is equal. `charsets`: of the columns by their names; who only calls the functions needs none. */
export function conversionOf(
  { migration, old, new: next, conversion }: Pair,
  charsets: ReadonlyMap<string, string> = new Map(),
): Conversion | undefined {
  if (conversion === null) return undefined;
  const typed = ({ column, type }: PairColumn): TypedColumn => ({
    column,
    type,
    charset: charsets.get(column) ?? '',
  });
  const computed = (
    way: 'up' | 'down',
    expressions: readonly string[],
    [from, to]: readonly [readonly PairColumn[], readonly PairColumn[]],
  ): readonly Computed[] =>
    to.map((column, at) => ({
      migration,
      way,
      expression: expressions[at] ?? '',
      over: from.map(typed),
      to: typed(column),
    }));
  return {
    migration,
    old,
    new: next,
    up: computed('up', conversion.up, [old, next]),
    down: computed('down', conversion.down, [next, old]),
  };
}

/** The columns of one side, computed from values of the other. */
export const convertedValues = (
  conversion: Conversion,
  way: 'up' | 'down',
  values: readonly string[],
): readonly string[] => conversion[way].map((computed) => computedFromValues(computed, values));

/**
 * Whether both sides of a row agree: a lossy conversion does when either direction gives what is there. CASE fixes the
 * order: `down` is asked only where `up` says no, and NULL never counts as written by the new side.
 */
export function agreement(conversion: Conversion, values: Values): string {
  const up = convertedValues(conversion, 'up', values.old);
  const down = convertedValues(conversion, 'down', values.new);
  return [
    `CASE WHEN ${areNull(values.new)} THEN ${areNull(up)}`,
    `WHEN ${allSame(values.new, up, conversion.new)} THEN TRUE`,
    `ELSE ${allSame(values.old, down, conversion.old)} END`,
  ].join(' ');
}

export const areNull = (values: readonly string[]): string =>
  values.map((value) => `${value} IS NULL`).join(' AND ');

/** Whether one of them says something. */
export function haveAny(values: readonly string[]): string {
  const any = values.map((value) => `${value} IS NOT NULL`).join(' OR ');
  return values.length === 1 ? any : `(${any})`;
}

const allSame = (left: readonly string[], right: readonly string[], columns: readonly PairColumn[]): string =>
  columns.map(({ type }, at) => same(left[at] ?? '', right[at] ?? '', type)).join(' AND ');
