import type { Pair, PairColumn } from '../dual-write.ts';
import { allNull } from './null-test.ts';
import { namesOf, same } from './pair.ts';
import { identifier } from './quote.ts';
import type { Target } from './walk.ts';

/** What a walk writes and compares of a pair whose sides are computed from each other. */
export function convertedTarget(pair: Pair, { up, down }: NonNullable<Pair['conversion']>): Target {
  const values = { old: namesOf(pair.old).map(identifier), new: namesOf(pair.new).map(identifier) };
  const agrees = agreement(pair, values, {
    up: typedExpressions(up, pair.new),
    down: typedExpressions(down, pair.old),
  });
  return {
    assigned: values.new.map((column, at) => ({ column, value: up[at] ?? '' })),
    unfilled: `NOT (${agrees})`,
    settings: pair.settings,
    isPartitioned: pair.isPartitioned,
  };
}

export const typedExpressions = (
  expressions: readonly string[],
  columns: readonly PairColumn[],
): readonly string[] => columns.map(({ type }, at) => `(${expressions[at] ?? ''})::${type}`);

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
    `CASE WHEN ${allNull(values.new, pair.new)} THEN ${allNull(converted.up, pair.new)}`,
    `     WHEN ${allSame(values.new, converted.up, pair.new)} THEN true`,
    `     ELSE ${allSame(values.old, converted.down, pair.old)} END`,
  ].join('\n');

const allSame = (left: readonly string[], right: readonly string[], columns: readonly PairColumn[]): string =>
  columns.map((column, at) => same(left[at] ?? '', right[at] ?? '', column)).join(' AND ');
