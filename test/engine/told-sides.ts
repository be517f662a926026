export type Value = string | number | null;
type Side = readonly Value[];

export interface Row {
  readonly id: number;
  readonly old: Side;
  readonly new: Side;
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

type Set = Readonly<Record<string, Value | undefined>>;

const same = (a: Side, b: Side): boolean => JSON.stringify(a) === JSON.stringify(b);

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

  write(does: string, id: number, set: Set): void {
    const row = this.#rows.get(id);
    if (row === undefined && does === 'update') return;
    if (row !== undefined && does === 'insert') return;
    const before = row ?? { id, old: this.#shape.old.map(() => null), new: this.#nothing };
    this.#rows.set(id, { id, ...this.#written(before, set, row === undefined) });
    this.#unfilled.delete(id);
  }

  get #nothing(): Side {
    return this.#shape.new.map(() => null);
  }

  #fill(id: number): void {
    const row = this.#rows.get(id);
    if (row) this.#rows.set(id, { ...row, new: this.#shape.up(row.old) });
  }

  #written(row: Row, set: Set, inserts: boolean): Pick<Row, 'old' | 'new'> {
    const { up, down } = this.#shape;
    const isUnfilled = !inserts && this.#unfilled.has(row.id);
    const old = this.#shape.old.map((name, at) => set[name] ?? (name in set ? null : (row.old[at] ?? null)));
    // Who writes a part of a new side that holds nothing gets the rest as the old side has it.
    const holdsNothing = !inserts && row.new.every((value) => value === null);
    const known = holdsNothing ? up(old) : row.new;
    const fresh = this.#shape.new.map((name, at) => set[name] ?? (name in set ? null : (known[at] ?? null)));
    const namesNew = this.#shape.new.some((name) => name in set);
    const namesOld = this.#shape.old.some((name) => name in set);
    const wroteOld = !same(old, row.old);
    const given = this.#shape.new.map((name, at) =>
      name in set ? (set[name] ?? null) : (row.new[at] ?? null),
    );
    const wroteNew = !same(given, row.new) || (namesNew && !namesOld && !inserts);
    if (wroteOld && !wroteNew) return { old, new: up(old) };
    if (!wroteNew) return { old, new: inserts || isUnfilled ? up(old) : row.new };
    if (wroteOld && this.#agree(old, given)) return { old, new: given };
    if (wroteOld && this.authority === 'old') return { old, new: up(old) };
    return this.#agree(old, fresh) ? { old, new: fresh } : { old: down(fresh), new: fresh };
  }

  #agree(old: Side, fresh: Side): boolean {
    const { up, down } = this.#shape;
    if (same(up(old), fresh)) return true;
    return !fresh.every((value) => value === null) && same(down(fresh), old);
  }
}
