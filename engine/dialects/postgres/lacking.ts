import type { Pair } from '../dual-write.ts';
import { isAttachedBehind } from './attached.ts';
import { typedExpressions } from './converted-pair.ts';
import { allNull, anyNotNull, isNotNull, isNull } from './null-test.ts';
import { pairTarget } from './pair-target.ts';
import { namesOf } from './pair.ts';
import { identifier } from './quote.ts';
import type { Target } from './walk.ts';

/**
 * Of a row whose old columns are called `aside` by then: whether its new side holds nothing where the old one holds something. What both
 * hold may differ, for nobody writes the old one any more. Where no trigger keeps both equal, a version of the application that knows the
 * new side alone leaves such rows: there, only what came with a partition is meant.
 */
export const lackingTarget = (
  pair: Pair,
  { aside, isAttached }: { readonly aside: readonly string[]; readonly isAttached: boolean },
): Target => {
  const lacking = lacks(pair, aside.map(identifier));
  return {
    assigned: [],
    unfilled: isAttached ? `(${lacking}) AND ${isAttachedBehind(pair)}` : lacking,
    settings: pair.conversion && pair.settings,
    isPartitioned: pair.isPartitioned,
  };
};

/**
 * Of the way back of a pair that an application writes: the old side gets what the new one holds, which is the truth. A row that came with
 * a partition, and whose new side holds nothing, was written by no version of it, and keeps what it has.
 */
export function backTarget(back: Pair): Target {
  const target = pairTarget(back);
  if (back.isPartitioned === undefined) return target;
  const { old: fresh, new: old, conversion } = back;
  const forward = conversion && { up: conversion.down, down: conversion.up };
  const lacking = lacks({ ...back, old, new: fresh, conversion: forward }, namesOf(old).map(identifier));
  return { ...target, unfilled: `(${target.unfilled}) AND NOT ((${lacking}) AND ${isAttachedBehind(back)})` };
}

function lacks({ table, old, new: fresh, conversion }: Pair, held: readonly string[]): string {
  const values = namesOf(fresh).map(identifier);
  if (conversion === null)
    return fresh
      .map((column, at) => `${isNull(values[at] ?? '', column)} AND ${isNotNull(held[at] ?? '', column)}`)
      .join(' OR ');
  // The expression speaks of the old columns by their own names.
  const names = namesOf(old).map(identifier).join(', ');
  const row = `(SELECT ${held.join(', ')}) AS ${identifier(table.name)} (${names})`;
  const converted = typedExpressions(
    conversion.up.map((expression) => `SELECT (${expression}) FROM ${row}`),
    fresh,
  );
  return `${allNull(values, fresh)} AND (${anyNotNull(converted, fresh)})`;
}
