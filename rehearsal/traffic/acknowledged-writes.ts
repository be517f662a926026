import type { Key } from './keys.ts';

/** The side, or both, of the shape that a write named. */
export type WrittenSide = 'old' | 'new' | 'both';

/** A value of one side, as text, column by column. */
export type SideValue = readonly (string | null)[];

/** A value on both sides: what one side says in its own words. */
export interface ValuePair {
  readonly old: SideValue;
  readonly new: SideValue;
}

/** Of a write that names no column of either side. */
export const noValue: ValuePair = { old: [], new: [] };

/** What the database has promised about a row. `there`: it exists; nothing is promised about the column. */
export type PromisedWrite =
  | { readonly state: WrittenSide; readonly value: ValuePair }
  | { readonly state: 'there' }
  | { readonly state: 'gone' };

/**
 * The last acknowledged write of every row. A row whose last write may or may not have happened (the connection was
 * lost before the answer) has two promises, of which one must hold.
 */
export class AcknowledgedWrites {
  readonly #rows = new Map<Key, readonly PromisedWrite[]>();

  acknowledged(key: Key, promised: PromisedWrite): void {
    // A write that says nothing about the column takes nothing back of what is known.
    if (promised.state === 'there' && this.#rows.has(key)) return;
    this.#rows.set(key, [promised]);
  }

  unknown(key: Key, promised: PromisedWrite): void {
    this.#rows.set(key, [...(this.#rows.get(key) ?? [{ state: 'there' }]), promised]);
  }

  /** Every row with its promises; one of them must hold. */
  all(): readonly (readonly [Key, readonly PromisedWrite[]])[] {
    return [...this.#rows];
  }
}
