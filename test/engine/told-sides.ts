export type Value = string | number | null;
export type Side = readonly Value[];

export interface Sides {
  readonly old: Side;
  readonly new: Side;
}

export interface Row extends Sides {
  readonly id: number;
}

/** A change of several columns, and its two directions in JavaScript. */
export interface SidesUnderTest {
  readonly change: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly values: { readonly old: readonly Value[]; readonly new: readonly Value[] };
  readonly up: (old: Side) => Side;
  readonly down: (fresh: Side) => Side;
}

export type Assigned = Readonly<Record<string, Value | undefined>>;
export type Directions = Pick<SidesUnderTest, 'old' | 'new' | 'up' | 'down'>;

export const same = (a: Side, b: Side): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What the clients of a table were told, and so what they may expect to read: kept without asking the database. */
export class Told {
  authority: 'old' | 'new' = 'old';
  readonly #shape: SidesUnderTest;
  readonly #rows = new Map<number, Row>();
  /** Rows that nobody has written since before the dual write: their new side is not there yet. */
  readonly #unfilled = new Set<number>();

  constructor(shape: SidesUnderTest) {
    this.#shape = shape;
  }

  unfilled(id: number, old: Side): void {
    this.#rows.set(id, { id, old, new: this.#nothing });
    this.#unfilled.add(id);
  }

  fill(): void {
    for (const id of this.#unfilled) this.#fill(id);
    this.#unfilled.clear();
  }

  rows(): readonly Row[] {
    return [...this.#rows.values()].toSorted((a, b) => a.id - b.id);
  }

  /** `to`: the key that a row gets whose key is changed. */
  without(does: string, id: number, to: number): void {
    const row = this.#rows.get(id);
    if (row === undefined || does === 'touch') return;
    this.#rows.delete(id);
    if (does === 'rekey') {
      this.#rows.set(to, {
        ...row,
        id: to,
        new: this.#unfilled.has(id) ? this.#shape.up(row.old) : row.new,
      });
    }
    this.#unfilled.delete(id);
  }

  write(does: string, id: number, set: Assigned): void {
    const row = this.#rows.get(id);
    if (row === undefined && does === 'update') return;
    if (row !== undefined && does === 'insert') return;
    const before = row ?? { id, old: this.#shape.old.map(() => null), new: this.#nothing };
    const how = { inserts: row === undefined, isUnfilled: this.#unfilled.has(id), authority: this.authority };
    this.#rows.set(id, { id, ...writtenSides(this.#shape, before, set, how) });
    this.#unfilled.delete(id);
  }

  get #nothing(): Side {
    return this.#shape.new.map(() => null);
  }

  #fill(id: number): void {
    const row = this.#rows.get(id);
    if (row) this.#rows.set(id, { ...row, new: this.#shape.up(row.old) });
  }
}

/** What a row holds that a client has written: which side counts, and what the other one is then. */
export function writtenSides(
  shape: Directions,
  row: Sides,
  set: Assigned,
  how: { readonly inserts: boolean; readonly isUnfilled: boolean; readonly authority: 'old' | 'new' },
): Sides {
  const { up, down } = shape;
  const { inserts, isUnfilled, authority } = how;
  const old = assigned(shape.old, set, row.old);
  // Who writes a part of a new side that holds nothing gets the rest as the old side has it.
  const fresh = assigned(shape.new, set, !inserts && isNothing(row.new) ? up(old) : row.new);
  const given = assigned(shape.new, set, row.new);
  const namesNew = shape.new.some((name) => name in set);
  const namesOld = shape.old.some((name) => name in set);
  const wroteOld = !same(old, row.old);
  // Who saves a row as it was loaded before somebody filled it has not written the NULL of that time.
  const isLate = namesNew && namesOld && !inserts && !wroteOld && isNothing(given) && !isNothing(old);
  if (isLate && authority === 'old') return { old, new: isUnfilled ? up(old) : row.new };
  const wroteNew = !same(given, row.new) || (namesNew && !namesOld && !inserts);
  if (wroteOld && !wroteNew) return { old, new: up(old) };
  if (!wroteNew) return { old, new: inserts || isUnfilled ? up(old) : row.new };
  if (wroteOld && agree(shape, old, given)) return { old, new: given };
  if (wroteOld && authority === 'old') return { old, new: up(old) };
  return agree(shape, old, fresh) ? { old, new: fresh } : { old: down(fresh), new: fresh };
}

export const assigned = (columns: readonly string[], set: Assigned, before: Side): Side =>
  columns.map((name, at) => (name in set ? (set[name] ?? null) : (before[at] ?? null)));

export const isNothing = (side: Side): boolean => side.every((value) => value === null);

export const agree = ({ up, down }: Directions, old: Side, fresh: Side): boolean =>
  same(up(old), fresh) || (!isNothing(fresh) && same(down(fresh), old));
