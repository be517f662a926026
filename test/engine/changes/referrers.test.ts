import { expect, test } from 'vitest';
import type { Referrer } from '../../../engine/catalog/referrers.ts';
import { childrenFirst, holds } from '../../../engine/changes/referrers.ts';

const column = (name: string) => {
  const [table = '', its = ''] = name.split('.');
  return { table: { schema: 'public', name: table }, column: its };
};
const refers = (at: string, refersTo: string): Referrer => ({
  at: column(at),
  type: 'integer',
  refersTo: column(refersTo),
  inPartitions: false,
  migrating: false,
});
const order = (...referrers: readonly Referrer[]): readonly string[] =>
  childrenFirst(referrers).map(({ at }) => `${at.table.name}.${at.column}`);

test('whoever refers comes before what it refers to, whatever the order of the catalog', () => {
  const chain = [refers('b.a_id', 'a.id'), refers('c.a_id', 'b.a_id'), refers('d.a_id', 'c.a_id')];
  expect(order(...chain)).toEqual(['d.a_id', 'c.a_id', 'b.a_id']);
  expect(order(...chain.toReversed())).toEqual(['d.a_id', 'c.a_id', 'b.a_id']);
});

test('a column that two of them lead to comes once, before both', () => {
  expect(
    order(refers('b.id', 'a.id'), refers('c.id', 'a.id'), refers('d.id', 'b.id'), refers('d.id', 'c.id')),
  ).toEqual(['d.id', 'b.id', 'c.id']);
});

test('tables that refer to each other come to an end', () => {
  expect(order(refers('a.id', 'b.id'), refers('b.id', 'a.id'))).toEqual(['b.id', 'a.id']);
});

test.each([
  ['bigint', 'bigint', true],
  ['bigint', 'integer', true],
  ['numeric', 'bigint', true],
  ['integer', 'bigint', false],
  ['smallint', 'integer', false],
  ['text', 'character varying', true],
  ['character varying(10)', 'text', false],
  ['numeric(9,0)', 'bigint', false],
  ['text', 'bigint', false],
  ['uuid', 'text', false],
])('whether %s has room for every %s: %s', (type, other, room) => {
  expect(holds(type, other)).toBe(room);
});
