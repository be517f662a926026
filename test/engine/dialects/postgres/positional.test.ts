import { expect, test } from 'vitest';
import { inlined, positional } from '../../../../engine/dialects/postgres/positional.ts';

test('names become numbers, each name one', () => {
  expect(positional({ text: 'a = :x AND b = :y AND c = :x::text', parameters: { x: 1, y: null } })).toEqual({
    text: 'a = $1 AND b = $2 AND c = $1::text',
    values: [1, null],
  });
});

test('what stands in quotes and comments, and what is no parameter, stays as it is', () => {
  const text = `SELECT ':x', ":x", $t$ :x $t$, E'\\':x', x::x, a[1:x] -- :x
    /* :x */ , :constructor`;
  expect(positional({ text, parameters: { y: 1 } })).toEqual({ text, values: [] });
  expect(positional({ text: `':x' || :x`, parameters: { x: 'v' } })).toEqual({
    text: `':x' || $1`,
    values: ['v'],
  });
});

test('for people, values are written out as literals, and nothing else changes', () => {
  const statement = {
    text: `a = :x AND b = :y::text AND c = :z AND d = ':x' AND e = :other`,
    parameters: { x: 1, y: "it's", z: null },
  };
  expect(inlined(statement)).toBe(`a = 1 AND b = 'it''s'::text AND c = NULL AND d = ':x' AND e = :other`);
});
