import { severalColumns, words } from '../sides-under-test.ts';
import {
  assigned,
  writtenSides,
  type Assigned,
  type Side,
  type Sides,
  type SidesUnderTest,
  type Value,
} from '../told-sides.ts';
import type { Moment } from './moments.ts';

/** `old` and `new` know one shape, `both` is a version in between that has both of them before it. */
export type Version = 'old' | 'new' | 'both';

/** A change as its applications see it. */
export interface ClientShape {
  readonly name: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** What stands in the table before. */
  readonly columns: string;
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly values: Readonly<Record<string, readonly Value[]>>;
  /** The columns that a version names, besides the key and the note. */
  readonly knows: Readonly<Record<Version, readonly string[]>>;
  /** Whether a NULL of the new application is filled while the triggers stand. */
  readonly fillsNull: boolean;
  /** The new side of a row that nobody has written there. */
  readonly filled: (old: Side) => Side;
  readonly written: (
    row: Sides,
    set: Assigned,
    how: { readonly inserts: boolean; readonly isUnfilled: boolean; readonly moment: Moment },
  ) => Sides;
}

function replaced(sides: SidesUnderTest): ClientShape {
  const { change, type, old, new: fresh, values, up } = sides;
  return {
    name: `${String(change['kind'])} of ${old.join(', ')} into ${fresh.join(', ')}`,
    change,
    columns: old.map((name) => `${name} ${type}`).join(', '),
    old,
    new: fresh,
    values: Object.fromEntries([
      ...old.map((name) => [name, values.old]),
      ...fresh.map((name) => [name, values.new]),
    ]),
    knows: { old, new: fresh, both: [...old, ...fresh] },
    fillsNull: false,
    filled: up,
    written: (row, set, { moment: { authority }, ...how }) =>
      writtenSides(sides, row, set, { ...how, authority }),
  };
}

const cents = (euros: Value | undefined): Value =>
  euros === null || euros === undefined ? null : Math.round(Number(euros) * 100) + 0;
const euros = (amount: Value | undefined): Value =>
  typeof amount === 'number' ? (amount / 100).toFixed(4) : null;

const pairs: readonly SidesUnderTest[] = [
  {
    change: { kind: 'rename-column', from: 'mail', to: 'email' },
    type: 'text',
    old: ['mail'],
    new: ['email'],
    values: { old: words, new: words },
    up: (old) => old,
    down: (fresh) => fresh,
  },
  {
    change: {
      kind: 'change-type',
      column: 'cents',
      to: 'euros',
      type: 'numeric(14,4)',
      up: 'cents / 100.0',
      down: 'round(euros * 100)::integer',
    },
    type: 'integer',
    old: ['cents'],
    new: ['euros'],
    values: { old: [0, 5, 199, -3, null], new: ['0.0000', '0.0537', '1.9900', '1.9923', '-0.0312', null] },
    up: ([old]) => [euros(old)],
    down: ([fresh]) => [cents(fresh)],
  },
  ...severalColumns,
];

/** What no other side follows: the database holds what was written. */
const alone =
  (columns: readonly string[]): ClientShape['written'] =>
  (row, set) => ({ old: assigned(columns, set, row.old), new: [] });

const oneSided: readonly ClientShape[] = [
  {
    name: 'change-type of n under its name',
    change: { kind: 'change-type', column: 'n', type: 'integer', down: 'n::smallint' },
    columns: 'n smallint',
    old: ['n'],
    new: [],
    values: { n: [0, 1, 2, -7, 32767, null] },
    knows: { old: ['n'], new: ['n'], both: ['n'] },
    fillsNull: false,
    filled: () => [],
    written: alone(['n']),
  },
  {
    name: 'drop-column of currency',
    change: { kind: 'drop-column', column: 'currency' },
    columns: 'currency text',
    old: ['currency'],
    new: [],
    values: { currency: words },
    knows: { old: ['currency'], new: [], both: ['currency'] },
    fillsNull: false,
    filled: () => [],
    written: alone(['currency']),
  },
];

const locale = (country: Value | undefined): Value => `${country ?? 'en'}!`;
const added: ClientShape = {
  name: 'add-column of locale, filled',
  change: { kind: 'add-column', column: 'locale', type: 'text', backfill: "coalesce(country, 'en') || '!'" },
  columns: 'country text',
  old: ['country'],
  new: ['locale'],
  values: { country: words, locale: words },
  knows: { old: ['country'], new: ['country', 'locale'], both: ['country', 'locale'] },
  fillsNull: true,
  filled: ([country]) => [locale(country)],
  written: (row, set) => {
    const old = assigned(['country'], set, row.old);
    const [value = null] = assigned(['locale'], set, row.new);
    return { old, new: [value ?? locale(old[0])] };
  },
};

export const clientShapes: readonly ClientShape[] = [...pairs.map(replaced), ...oneSided, added];
