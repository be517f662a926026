import type { Pair, Side } from '../dual-write.ts';
import { identifier } from './quote.ts';

/** True where two values of one type differ in any bit that a reader could see. NULL equals NULL. */
export function distinct(left: string, right: string, side: Side): string {
  return side.plain ? `${left} IS DISTINCT FROM ${right}` : `record_image_ne(ROW(${left}), ROW(${right}))`;
}

export function same(left: string, right: string, side: Side): string {
  return side.plain
    ? `${left} IS NOT DISTINCT FROM ${right}`
    : `record_image_eq(ROW(${left}), ROW(${right}))`;
}

/** Whether an UPDATE changed the column. */
export const valueChanged = (column: string, side: Side): string =>
  distinct(`NEW.${identifier(column)}`, `OLD.${identifier(column)}`, side);
export const valueUnchanged = (column: string, side: Side): string =>
  same(`NEW.${identifier(column)}`, `OLD.${identifier(column)}`, side);

/**
 * Whether the two values of a row agree: a lossy conversion does when either direction gives what is there.
 * CASE fixes the order: `down` is asked only where `up` says no, and NULL never counts as written by the new side.
 */
export const agreement = (
  pair: Pair,
  values: { readonly old: string; readonly new: string },
  converted: { readonly up: string; readonly down: string },
): string =>
  [
    `CASE WHEN ${values.new} IS NULL THEN ${converted.up} IS NULL`,
    `     WHEN ${same(values.new, converted.up, pair.new)} THEN true`,
    `     ELSE ${same(values.old, converted.down, pair.old)} END`,
  ].join('\n');
