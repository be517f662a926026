import { expect, test } from 'vitest';
import { conjuncts, piecesOf } from '../../../rehearsal/data/expression-pieces.ts';

test.each([
  ['((a > 0) AND (b < 5))', ['a > 0', 'b < 5']],
  ['(((a > 0) AND (b < 5)) AND (c = 1))', ['a > 0', 'b < 5', 'c = 1']],
  ['((a > 0) OR ((b < 5) AND (c = 1)))', ['(a > 0) OR ((b < 5) AND (c = 1))']],
  [`(x = 'this AND that'::text)`, [`x = 'this AND that'::text`]],
  [
    'CASE WHEN ((a > 0) AND (b > 0)) THEN (c > 0) ELSE true END',
    ['CASE WHEN ((a > 0) AND (b > 0)) THEN (c > 0) ELSE true END'],
  ],
])('%s is asked one by one', (expression, parts) => {
  expect(conjuncts(expression)).toEqual(parts);
});

test('an expression is taken apart into constants, calls and other columns', () => {
  const pieces = piecesOf(
    `((app.f(x, 'it''s'::text) = ("b C" + 7)) AND (cardinality(ARRAY['a'::text]) > '-3'::integer) AND (x.y IS NULL))`,
    'x',
    ['b C'],
  );
  expect(pieces.texts).toEqual(["it's", 'a', '-3']);
  expect(pieces.numbers).toEqual(['7', '-3']);
  expect(pieces.constant).toEqual([
    `ARRAY['a'::text]`,
    `cardinality(ARRAY['a'::text])`,
    `(cardinality(ARRAY['a'::text]) > '-3'::integer)`,
  ]);
  expect(pieces.ofOthers).toEqual(['(base."b C" + 7)']);
  expect(pieces.ofValue[0]?.('v')).toBe(`app.f((v), 'it''s'::text)`);
});
