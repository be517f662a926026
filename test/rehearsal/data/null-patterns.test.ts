import { expect, test } from 'vitest';
import { nullPatterns } from '../../../rehearsal/data/null-patterns.ts';

const anything = () => true;
const rule = (expression: string, ...columns: readonly string[]) => ({ expression, columns });

const oneOfTwo = [
  [true, false],
  [false, true],
];

test.each([
  ['num_nonnulls', '(num_nonnulls(a, b) = 1)'],
  ['num_nulls', '(num_nulls(a, b) = 1)'],
  ['unequal truths', '((a IS NOT NULL) <> (b IS NOT NULL))'],
  ['a sum of truths', '(((a IS NOT NULL)::integer + (b IS NOT NULL)::integer) = 1)'],
  ['cases', '(((a IS NOT NULL) AND (b IS NULL)) OR ((a IS NULL) AND (b IS NOT NULL)))'],
  ['a negation', '(NOT ((a IS NULL) = (b IS NULL)))'],
])('one of two, said by %s', (_, expression) => {
  expect(nullPatterns([rule(expression, 'a', 'b')], anything)).toEqual([
    { columns: ['a', 'b'], patterns: oneOfTwo },
  ]);
});

test('rules that share a column hold together, and others are apart', () => {
  const found = nullPatterns(
    [
      rule('num_nonnulls(a, b) = 1', 'a', 'b'),
      rule('num_nonnulls(c, d) = 2', 'c', 'd'),
      rule('(b IS NULL) = (e IS NULL)', 'b', 'e'),
    ],
    anything,
  );
  expect(found).toEqual([
    { columns: ['c', 'd'], patterns: [[true, true]] },
    {
      columns: ['a', 'b', 'e'],
      patterns: [
        [true, false, false],
        [false, true, true],
      ],
    },
  ]);
});

test('a column that may not be NULL, and one that nothing can be put into, leave what is possible', () => {
  const rules = [rule('num_nonnulls(a, b, c) = 1', 'a', 'b', 'c')];
  expect(nullPatterns(rules, (column, filled) => column !== 'a' || filled)).toEqual([
    { columns: ['a', 'b', 'c'], patterns: [[true, false, false]] },
  ]);
  expect(nullPatterns(rules, (column, filled) => column === 'a' || !filled)).toEqual([
    { columns: ['a', 'b', 'c'], patterns: [[true, false, false]] },
  ]);
  expect(nullPatterns(rules, (_, filled) => !filled)).toEqual([]);
});

test('what depends on a value, or on too many columns, is left to chance', () => {
  expect(nullPatterns([rule(`(a IS NULL) OR (b = 'x')`, 'a', 'b')], anything)).toEqual([]);
  expect(nullPatterns([rule('(a IS NOT NULL)', 'a')], anything)).toEqual([]);
  const nine = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  expect(nullPatterns([rule(`num_nonnulls(${nine.join(', ')}) = 1`, ...nine)], anything)).toEqual([]);
});
