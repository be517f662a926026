import {
  agree,
  assigned,
  isNothing,
  same,
  type Assigned,
  type Directions,
  type Side,
  type Sides,
  type SidesUnderTest,
} from '../../told-sides.ts';
import { nameInParts, orNull, totalAndApart } from '../../sides-under-test.ts';

/** Changes of several columns as MySQL computes them, each with its two directions in JavaScript. */
export const severalColumns: readonly SidesUnderTest[] = [
  {
    change: {
      kind: 'split-column',
      column: 'name',
      down: "NULLIF(CONCAT_WS(' ', first, last), '')",
      into: {
        first: { type: 'varchar(40)', up: "NULLIF(SUBSTRING_INDEX(name, ' ', 1), '')" },
        last: {
          type: 'varchar(40)',
          up: "NULLIF(SUBSTRING(name, CHAR_LENGTH(SUBSTRING_INDEX(name, ' ', 1)) + 2), '')",
        },
      },
    },
    type: 'varchar(90)',
    ...nameInParts,
  },
  {
    change: {
      kind: 'merge-columns',
      columns: {
        street: "SUBSTRING_INDEX(address, '/', 1)",
        city: "IF(LOCATE('/', address) = 0, '', SUBSTRING(address, LOCATE('/', address) + 1))",
      },
      into: { address: { type: 'varchar(90)', up: "NULLIF(CONCAT_WS('/', street, city), '')" } },
    },
    type: 'varchar(40)',
    old: ['street', 'city'],
    new: ['address'],
    values: { old: ['', 'a', 'b', null], new: ['a', 'a/b', 'a/b/c', '/x', null] },
    up: (parts) => [orNull(parts.filter((part) => part !== null).join('/'))],
    down: ([address = null]) => {
      if (address === null) return [null, null];
      const [street = '', ...rest] = String(address).split('/');
      return [street, rest.join('/')];
    },
  },
  {
    change: {
      kind: 'merge-columns',
      columns: { a: '(total + apart) DIV 2', b: '(total - apart) DIV 2' },
      into: { total: { type: 'int', up: 'a + b' }, apart: { type: 'int', up: 'a - b' } },
    },
    type: 'int',
    ...totalAndApart,
  },
];

/**
 * What a row holds that a client has written. MySQL does not tell which columns a statement names: a side counts as written
 * when its values change, and NULL for a part of a row that nobody has filled is what the old side says.
 */
export function writtenSides(
  shape: Directions,
  row: Sides,
  set: Assigned,
  how: { readonly inserts: boolean; readonly authority: 'old' | 'new' },
): Sides {
  const { up, down } = shape;
  const old = assigned(shape.old, set, row.old);
  const given = assigned(shape.new, set, row.new);
  const wroteOld = !same(old, row.old);
  const wroteNew = !same(given, row.new);
  const isUnfilled = !how.inserts && isNothing(row.new);
  const whole: Side = isUnfilled ? given.map((value, at) => value ?? up(old)[at] ?? null) : given;
  if (wroteNew && (how.authority === 'new' || !wroteOld)) {
    if (agree(shape, old, whole)) return { old, new: whole };
    const isLate = how.authority === 'old' && !how.inserts && isNothing(whole) && !isNothing(old);
    return isLate ? { old, new: row.new } : { old: down(whole), new: whole };
  }
  const isAsked = wroteNew || !wroteOld;
  return isAsked && agree(shape, old, given) ? { old, new: given } : { old, new: up(old) };
}
