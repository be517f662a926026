import type { SidesUnderTest, Value } from './told-sides.ts';

export const words: readonly Value[] = ['', ' ', 'a', 'b', 'a b', 'a  b', 'b c d', null];
export const orNull = (text: string): string | null => (text === '' ? null : text);
const lines = (text: Value, nth: number): Value =>
  text === null ? null : (String(text).split('\n')[nth] ?? '');
const numbers = [0, 1, 2, 5, -3, null];
const half = (a: Value | undefined, b: Value | undefined): Value =>
  // Without the zero that JavaScript has below zero.
  typeof a === 'number' && typeof b === 'number' ? Math.trunc((a + b) / 2) + 0 : null;
const minus = (a: Value | undefined): Value => (typeof a === 'number' ? -a : null);

type InJavaScript = Omit<SidesUnderTest, 'change' | 'type'>;

/** A name and its parts, whatever database splits it. */
export const nameInParts: InJavaScript = {
  old: ['name'],
  new: ['first', 'last'],
  values: { old: words, new: ['', 'a', 'b c', null] },
  up: ([name = null]) => {
    const [first = '', ...rest] = String(name ?? '').split(' ');
    return [orNull(first), orNull(rest.join(' '))];
  },
  down: (parts) => [orNull(parts.filter((part) => part !== null).join(' '))],
};

/** Two whole numbers, and their sum and difference. */
export const totalAndApart: InJavaScript = {
  old: ['a', 'b'],
  new: ['total', 'apart'],
  values: { old: numbers, new: numbers },
  up: ([a = null, b = null]) => {
    if (typeof a !== 'number' || typeof b !== 'number') return [null, null];
    return [a + b, a - b];
  },
  down: ([total, apart]) => [half(total, apart), half(total, minus(apart))],
};

/** Changes of several columns, each with its two directions. */
export const severalColumns: readonly SidesUnderTest[] = [
  {
    change: {
      kind: 'split-column',
      column: 'name',
      down: "nullif(concat_ws(' ', first, last), '')",
      into: {
        first: { type: 'text', up: "nullif(split_part(name, ' ', 1), '')" },
        last: { type: 'text', up: "nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')" },
      },
    },
    type: 'text',
    ...nameInParts,
  },
  {
    change: {
      kind: 'merge-columns',
      columns: {
        street: String.raw`split_part(address, E'\n', 1)`,
        zip: String.raw`split_part(address, E'\n', 2)`,
        city: String.raw`split_part(address, E'\n', 3)`,
      },
      into: { address: { type: 'text', up: String.raw`nullif(concat_ws(E'\n', street, zip, city), '')` } },
    },
    type: 'text',
    old: ['street', 'zip', 'city'],
    new: ['address'],
    values: { old: ['', 'a', 'b', null], new: ['a', 'a\nb', 'a\nb\nc', '\n\nx\ny', null] },
    up: (parts) => [orNull(parts.filter((part) => part !== null).join('\n'))],
    down: ([address = null]) => [0, 1, 2].map((nth) => lines(address, nth)),
  },
  {
    change: {
      kind: 'merge-columns',
      columns: { a: '(total + apart) / 2', b: '(total - apart) / 2' },
      into: { total: { type: 'int', up: 'a + b' }, apart: { type: 'int', up: 'a - b' } },
    },
    type: 'int',
    ...totalAndApart,
  },
];
