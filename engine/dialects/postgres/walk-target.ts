import type { Pair } from '../dual-write.ts';
import type { Fill } from '../filled-column.ts';
import type { SessionSettings } from '../inspector.ts';
import type { Repair } from '../rules-sql.ts';
import { agreement, distinct, namesOf } from './pair.ts';
import { identifier } from './quote.ts';

/** What the walk compares and writes in each row. Expressions name the table's own columns. */
export interface Target {
  /** What backfill assigns: an assignment cast, so a value that does not fit is an error and never cut short. */
  readonly assigned: readonly { readonly column: string; readonly value: string }[];
  /** True for a row that backfill still has to write. */
  readonly unfilled: string;
  /** What expressions of the author's are run under; null where there are none. */
  readonly settings: SessionSettings | null;
}

export function pairTarget(pair: Pair): Target {
  const old = namesOf(pair.old).map(identifier);
  const fresh = namesOf(pair.new).map(identifier);
  const { conversion } = pair;
  const values = conversion?.up ?? old;
  const assigned = fresh.map((column, at) => ({ column, value: values[at] ?? '' }));
  if (!conversion) {
    const differ = pair.old.map((column, at) => distinct(fresh[at] ?? '', old[at] ?? '', column));
    return { assigned, unfilled: differ.join(' OR '), settings: null };
  }
  const up = pair.new.map(({ type }, at) => `(${conversion.up[at] ?? ''})::${type}`);
  const down = pair.old.map(({ type }, at) => `(${conversion.down[at] ?? ''})::${type}`);
  const agrees = agreement(pair, { old, new: fresh }, { up, down });
  return { assigned, unfilled: `NOT (${agrees})`, settings: pair.settings };
}

export const fillTarget = (fill: Fill): Target => ({
  assigned: [{ column: identifier(fill.column), value: fill.expression }],
  unfilled: `${identifier(fill.column)} IS NULL AND (${fill.expression}) IS NOT NULL`,
  settings: fill.settings,
});

export const repairTarget = (repair: Repair): Target => ({
  assigned: [{ column: identifier(repair.column), value: repair.expression }],
  unfilled: repair.violated,
  settings: repair.settings,
});
