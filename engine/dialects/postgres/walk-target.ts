import type { Fill, Pair } from '../dialect.ts';
import { distinct, same } from './dual-write.ts';
import { identifier } from './quote.ts';

/** What the walk compares and writes in each row. Expressions name the table's own columns. */
export interface Target {
  readonly column: string;
  /** What backfill assigns: an assignment cast, so a value that does not fit is an error and never cut short. */
  readonly value: string;
  /** True for a row that backfill still has to write. */
  readonly unfilled: string;
}

export function pairTarget(pair: Pair): Target {
  const oldColumn = identifier(pair.old.column);
  const newColumn = identifier(pair.new.column);
  if (!pair.conversion)
    return { column: newColumn, value: oldColumn, unfilled: distinct(newColumn, oldColumn, pair.old) };
  const up = `(${pair.conversion.up})::${pair.new.type}`;
  const down = `(${pair.conversion.down})::${pair.old.type}`;
  // CASE fixes the order: `down` is asked only where `up` says no, and NULL never counts as written by the new side.
  const agrees = [
    `CASE WHEN ${newColumn} IS NULL THEN ${up} IS NULL`,
    `     WHEN ${same(newColumn, up, pair.new)} THEN true`,
    `     ELSE ${same(oldColumn, down, pair.old)} END`,
  ].join('\n');
  return { column: newColumn, value: pair.conversion.up, unfilled: `NOT (${agrees})` };
}

export const fillTarget = (fill: Fill): Target => ({
  column: identifier(fill.column),
  value: fill.expression,
  unfilled: `${identifier(fill.column)} IS NULL AND (${fill.expression}) IS NOT NULL`,
});
