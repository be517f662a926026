import { describe, expect, it } from 'vitest';
import { hintsFrom } from '../../../rehearsal/data/check-hints.ts';

const hint = (expression: string, column = 'x'): unknown => hintsFrom([expression]).get(column);

describe('the hints that CHECK constraints give, in the words in which the catalog prints them', () => {
  it.each([
    ['(x > 0)', { min: 0 }],
    ['((0)::numeric <= x)', { min: 0 }],
    ["(x >= '-0.5'::numeric)", { min: -0.5 }],
    ['((x >= 10) AND (x <= 20))', { min: 10, max: 20 }],
    ['((x IS NULL) OR (x < 7))', { max: 7 }],
    ['(char_length((x)::text) <= 12)', { maxLength: 12 }],
    ['(length(btrim(x)) > 2)', { minLength: 3 }],
    ['(length(x) = 4)', { minLength: 4, maxLength: 4 }],
    ["(x = ANY (ARRAY['a'::text, 'it''s'::text]))", { values: ['a', "it's"] }],
    [
      "((x)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying(3)])::text[]))",
      { values: ['a', 'b'] },
    ],
    ["((x = 'a'::text) OR (x = 'b'::text))", { values: ['a', 'b'] }],
    ["(x ~~ 'SKU-%'::text)", { like: 'SKU-%' }],
    ["((x)::text ~ '^[A-Z]{2}$'::text)", { matches: '^[A-Z]{2}$' }],
  ])('%s', (expression, expected) => {
    expect(hint(expression)).toEqual(expected);
  });

  it('several constraints on one column are held together', () => {
    expect(hintsFrom(['(x > 0)', '(x >= 5)', '(x < 100)', '(x <= 50)']).get('x')).toEqual({
      min: 5,
      max: 50,
    });
  });

  it('a quoted name is read as the catalog means it', () => {
    expect(hint('("group ""by" > 3)', 'group "by')).toEqual({ min: 3 });
  });

  it('an expression outside the grammar gives no hint and no error', () => {
    expect(hintsFrom(['(CASE WHEN x THEN 1 END > 0)', "(x -> 'a' ? 'b')", '(x §§ 2)', '(((']).size).toBe(0);
  });
});
