import type { Fill, Pair } from '../dual-write.ts';
import type { SessionSettings } from '../inspector.ts';
import { agreement, distinct } from './pair.ts';
import { identifier } from './quote.ts';

/** What the walk compares and writes in each row. Expressions name the table's own columns. */
export interface Target {
  readonly column: string;
  /** What backfill assigns: an assignment cast, so a value that does not fit is an error and never cut short. */
  readonly value: string;
  /** True for a row that backfill still has to write. */
  readonly unfilled: string;
  /** What expressions of the author's are run under; null where there are none. */
  readonly settings: SessionSettings | null;
}

export function pairTarget(pair: Pair): Target {
  const oldColumn = identifier(pair.old.column);
  const newColumn = identifier(pair.new.column);
  if (!pair.conversion)
    return {
      column: newColumn,
      value: oldColumn,
      unfilled: distinct(newColumn, oldColumn, pair.old),
      settings: null,
    };
  const up = `(${pair.conversion.up})::${pair.new.type}`;
  const down = `(${pair.conversion.down})::${pair.old.type}`;
  const agrees = agreement(pair, { old: oldColumn, new: newColumn }, { up, down });
  return {
    column: newColumn,
    value: pair.conversion.up,
    unfilled: `NOT (${agrees})`,
    settings: pair.settings,
  };
}

export const fillTarget = (fill: Fill): Target => ({
  column: identifier(fill.column),
  value: fill.expression,
  unfilled: `${identifier(fill.column)} IS NULL AND (${fill.expression}) IS NOT NULL`,
  settings: fill.settings,
});
