import type { Assigned, Side, Sides, Value } from '../told-sides.ts';
import type { Acknowledged } from './application-client.ts';
import type { ClientShape } from './client-shapes.ts';
import type { Moment } from './moments.ts';

interface Held extends Sides {
  readonly note: Value;
  /** Whether somebody has computed the new side, and in which round. */
  readonly filled: boolean;
  readonly round: number;
}

const mostBroken = 5;
const historyShown = 6;

/**
 * Holds each client's acknowledged writes against what the writers after it were shown, and in the end against the
 * database. Where two outcomes are right (the backfill may have come by, the reads may have moved), both are kept until
 * somebody was shown one of them.
 */
export class ToldByClients {
  readonly broken: string[] = [];
  readonly #rows = new Map<number, readonly Held[]>();
  readonly #history = new Map<number, string[]>();
  readonly #shape: ClientShape;

  constructor(shape: ClientShape, rows: readonly Assigned[]) {
    this.#shape = shape;
    for (const row of rows) {
      const old = shape.old.map((name) => row[name] ?? null);
      const held = { old, new: this.#nothing, note: row['note'] ?? null, filled: false, round: 0 };
      this.#rows.set(Number(row['id']), [held]);
    }
  }

  hear(events: readonly Acknowledged[]): void {
    for (const event of events.toSorted((a, b) => a.at - b.at)) this.#hear(event);
  }

  /** The table as it is, read while nobody writes. */
  compare(rows: readonly Assigned[], now: Moment): void {
    const there = new Map(rows.map((row) => [Number(row['id']), row]));
    for (const id of new Set([...there.keys(), ...this.#rows.keys()])) {
      const held = (this.#rows.get(id) ?? []).flatMap((each) => this.#before(each, now));
      const row = there.get(id);
      if (row === undefined ? held.length > 0 : !held.some((each) => this.#shows(each, row)))
        this.#breaks(id, `the database has ${JSON.stringify(row) ?? 'no such row'}`, held);
    }
  }

  #hear(event: Acknowledged): void {
    const { id, to, does, set, shown, version, client } = event;
    const line = `${client} did ${does} of ${id}${to === id ? '' : ` to ${to}`} ${JSON.stringify(set)}`;
    const history = [...(this.#history.get(id) ?? []), line].slice(-historyShown);
    this.#history.set(to, history);
    const altered = Object.keys(set).filter((name) => !same(set[name], shown[name]));
    if (version !== 'both' && altered.some((name) => !this.#shape.fillsNull || set[name] !== null))
      this.#breaks(to, `${client} was shown ${JSON.stringify(shown)}`, []);
    const before = this.#rows.get(id) ?? [undefined];
    const outcomes = event.moments.flatMap((moment) =>
      before.flatMap((held) => this.#outcomes(held, event, moment)),
    );
    const right = outcomes.filter((held) => this.#shows(held, shown));
    if (right.length === 0) this.#breaks(to, `${client} was shown ${JSON.stringify(shown)}`, outcomes);
    this.#rows.delete(id);
    if (does === 'delete') this.#history.delete(id);
    else this.#rows.set(to, distinct(right.length > 0 ? right : outcomes));
  }

  #outcomes(held: Held | undefined, { does, set, id, to }: Acknowledged, moment: Moment): readonly Held[] {
    const rows = held === undefined ? [] : this.#before(held, moment);
    if (does === 'delete') return rows;
    // A row that is given the key which it has stays where it is: the backfill comes by.
    const moves = to !== id && moment.triggers === 'on';
    if (does === 'rekey') return rows.map((row) => (moves ? this.#filled(row) : row));
    if (does === 'update') return rows.map((row) => this.#written(row, set, moment, false));
    const nothing = { old: this.#shape.old.map(() => null), new: this.#nothing, note: null };
    const inserted = this.#written({ ...nothing, filled: false, round: moment.round }, set, moment, true);
    if (held === undefined) return [inserted];
    const excluded = (): Assigned => {
      const all = this.#cells(inserted);
      return Object.fromEntries(Object.keys(set).map((name) => [name, all[name]]));
    };
    return rows.map((row) => this.#written(row, does === 'excluded' ? excluded() : set, moment, false));
  }

  /** What a row may be just before a write: the new side may have begun anew, the backfill may have come by. */
  #before(held: Held, { triggers, round, filled }: Moment): readonly Held[] {
    const row =
      triggers === 'not yet' || held.round !== round
        ? { ...held, new: this.#nothing, filled: false, round }
        : held;
    if (triggers === 'not yet' || row.filled) return [row];
    return filled ? [this.#filled(row)] : [row, this.#filled(row)];
  }

  #filled(row: Held): Held {
    return row.filled ? row : { ...row, new: this.#shape.filled(row.old), filled: true };
  }

  #written(row: Held, set: Assigned, moment: Moment, inserts: boolean): Held {
    const { old, new: fresh, written } = this.#shape;
    const note = 'note' in set ? (set['note'] ?? null) : row.note;
    const isNamed = [...old, ...fresh].some((name) => name in set);
    if (moment.triggers === 'on')
      return isNamed || inserts
        ? { ...row, ...written(row, set, { inserts, isUnfilled: !row.filled, moment }), note, filled: true }
        : { ...row, note };
    const plainly = (columns: readonly string[], side: Side): Side =>
      columns.map((name, at) => (name in set ? (set[name] ?? null) : (side[at] ?? null)));
    const filled = row.filled || moment.triggers === 'over';
    return { ...row, old: plainly(old, row.old), new: plainly(fresh, row.new), note, filled };
  }

  #cells({ old, new: fresh, note }: Held): Assigned {
    return Object.fromEntries([
      ...this.#shape.old.map((name, at) => [name, old[at] ?? null]),
      ...this.#shape.new.map((name, at) => [name, fresh[at] ?? null]),
      ['note', note],
    ]);
  }

  #shows(held: Held, shown: Assigned): boolean {
    const cells = this.#cells(held);
    return Object.keys(cells).every((name) => !(name in shown) || same(cells[name], shown[name]));
  }

  #breaks(id: number, what: string, expected: readonly Held[]): void {
    if (this.broken.length >= mostBroken) return;
    const wanted = expected.map((held) => JSON.stringify(this.#cells(held))).join(' or ');
    this.broken.push([...(this.#history.get(id) ?? []), `${what}; told: ${wanted}`].join('\n  '));
  }

  get #nothing(): Side {
    return this.#shape.new.map(() => null);
  }
}

const same = (a: Value | undefined, b: Value | undefined): boolean => (a ?? null) === (b ?? null);

const distinct = (rows: readonly Held[]): readonly Held[] => [
  ...new Map(rows.map((row) => [JSON.stringify(row), row])).values(),
];
