import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dollarQuoted,
  identifier,
  indentLines,
  literal,
  qualifiedName,
  shortName,
} from '../../../../engine/dialects/postgres/quote.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('quoting', () => {
  test.each([
    [identifier('users'), '"users"'],
    [identifier('a"b'), '"a""b"'],
    [qualifiedName({ schema: 'My Schema', name: 'a.b' }), '"My Schema"."a.b"'],
    [literal("it's"), "'it''s'"],
    [literal("a\\'b"), "E'a\\\\''b'"],
  ])('%s', (quoted, wanted) => {
    expect(quoted).toBe(wanted);
  });

  test('a dollar-quoted body can hold any dollar quote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', 'tag', '_1', '_2', 'x', ' ')).map((parts) => parts.join('')),
        (body) => {
          const quoted = dollarQuoted(body, 'tag');
          const tag = /^\$\w+\$/u.exec(quoted)?.[0] ?? '';
          expect(quoted).toBe(`${tag}\n${body}\n${tag}`);
          expect(quoted.indexOf(tag, tag.length)).toBe(quoted.length - tag.length);
        },
      ),
    );
  });
});

describe('shortened names', () => {
  test('are left as they are up to 63 bytes', () => {
    for (const name of ['users', 'x'.repeat(63), `${'é'.repeat(31)}x`]) expect(shortName(name)).toBe(name);
  });

  test('have at most 63 bytes, are whole characters, and differ where the long ones do', () => {
    const long = fc
      .string({ unit: 'grapheme', minLength: 10, maxLength: 80 })
      .map((text) => `${'name'.repeat(14)}${text}`);
    fc.assert(
      fc.property(long, long, (one, other) => {
        expect(bytes(shortName(one))).toBeLessThanOrEqual(63);
        expect(shortName(one)).not.toContain('\uFFFD');
        expect(shortName(one) === shortName(other)).toBe(one === other);
      }),
    );
  });
});

describe('indenting', () => {
  test('moves every line but an empty one', () => {
    expect(indentLines('a\n\n  b')).toBe('  a\n\n    b');
  });
  test.each(["a 'b\nc' d", '$$b\nc$$', '$q$ \n$$\n$q$', '"b\nc"', "E'\\'\n' || d"])(
    'leaves a line alone that begins inside a quote: %j',
    (sql) => {
      expect(indentLines(sql)).toBe(`  ${sql}`);
    },
  );
});
