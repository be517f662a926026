import { expect, test } from 'vitest';
import { inlineParameters, positionalParameters } from '../../../../engine/dialects/postgres/positional.ts';

test('names become numbers, each name one', () => {
  expect(
    positionalParameters({ text: 'a = :x AND b = :y AND c = :x::text', parameters: { x: 1, y: null } }),
  ).toEqual({
    text: 'a = $1 AND b = $2 AND c = $1::text',
    values: [1, null],
  });
});

test.each([
  `':x'`,
  `'it''s :x'`,
  `":x"`,
  `$t$ :x $t$`,
  `E'\\':x'`,
  `E'a'\n  'b\\' :x'`,
  `1::x`,
  `-- :x`,
  `/* ' :x\n */`,
])('%j stays as it is, and what follows it is read again', (part) => {
  expect(positionalParameters({ text: `${part}\n, :x`, parameters: { x: 1 } })).toEqual({
    text: `${part}\n, $1`,
    values: [1],
  });
});

test('a name that is no parameter stays as it is', () => {
  const text = 'a[1:x], :constructor';
  expect(positionalParameters({ text, parameters: { y: 1 } })).toEqual({ text, values: [] });
});

test('for people, values are written out as literals, and nothing else changes', () => {
  const statement = {
    text: `a = :x AND b = :y::text AND c = :z AND d = ':x' AND e = :other`,
    parameters: { x: 1, y: "it's", z: null },
  };
  expect(inlineParameters(statement)).toBe(
    `a = 1 AND b = 'it''s'::text AND c = NULL AND d = ':x' AND e = :other`,
  );
});
