import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberParameters } from '../../../../rehearsal/cloud/data-api/postgres/named-parameters.ts';

test('names become numbers in the order of their first use, and a name used twice keeps its number', () => {
  expect(numberParameters('SELECT :b, :a, :b')).toEqual({ text: 'SELECT $1, $2, $1', names: ['b', 'a'] });
});

test.each([
  [`SELECT ':a'`],
  [`SELECT 'it''s :a'`],
  [String.raw`SELECT E'\' :a'`],
  [`SELECT E'x'\n  ' :a \\' :b'`],
  [String.raw`SELECT U&'\0041 :a', U&":a"`],
  [`SELECT ":a" FROM "x"":a"`],
  [`SELECT 1 -- :a\n, 2`],
  [`SELECT /* :a /* :b */ :c */ 1`],
  [`SELECT $$ :a $$, $body$ :a $$ :b $body$`],
  [`SELECT '1'::text, ARRAY[1]::int[]`],
  [`DO $$ BEGIN x := 1; END $$`],
  [`SELECT x$1, a$b$c FROM t`],
  [`SELECT : , 1`],
])('nothing in %s is a parameter', (sql) => {
  expect(numberParameters(sql)).toEqual({ text: sql, names: [] });
});

test.each([
  [`SELECT :a::text`, `SELECT $1::text`],
  [`SELECT x::int + :a`, `SELECT x::int + $1`],
  [`SELECT '\\' || :a`, `SELECT '\\' || $1`],
  [`SELECT 'E' ':a', :a`, `SELECT 'E' ':a', $1`],
  [`SELECT E'a' ':a', :a`, `SELECT E'a' ':a', $1`],
  [`SELECT type'x', :a`, `SELECT type'x', $1`],
  [`SELECT :a-:a`, `SELECT $1-$1`],
  [`SELECT(:a)/*:b*/`, `SELECT($1)/*:b*/`],
  [`SELECT $$:b$$||:a||$$:c$$`, `SELECT $$:b$$||$1||$$:c$$`],
])('%s finds exactly :a', (sql, text) => {
  expect(numberParameters(sql)).toEqual({ text, names: ['a'] });
});

test.each([
  ['SELECT $1', '$1'],
  ['SELECT :naïve', 'naïve'],
  ['SELECT :a$b', 'a$b'],
])('%s is refused with the name in the message', (sql, input) => {
  expect(() => numberParameters(sql)).toThrow(`Named parameter syntax is invalid, input: ${input}`);
});

/** Pieces that PostgreSQL reads as one opaque token, with colons, quotes and dollars inside. */
const noise = fc.array(fc.constantFrom(':a', ':', '::', ' ', 'x', '$1', '-', '*', '\n', 'é'), {
  maxLength: 8,
});
const inside = noise.map((parts) => parts.join(''));
const opaque = fc.oneof(
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `E'${text}\\''`),
  inside.map((text) => `"${text}"`),
  inside.map((text) => `--${text.replaceAll('\n', '')}\n`),
  inside.map((text) => `/*${text} /*${text}*/ */`),
  fc.tuple(fc.constantFrom('', 'q', '_x1'), inside).map(([tag, text]) => `$${tag}$${text}$${tag}$`),
);

test('whatever stands in literals, quoted names, comments and dollar quotes comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(opaque, { maxLength: 6 }), (pieces) => {
      const sql = pieces.map((piece) => `${piece} + `).join('');
      expect(numberParameters(sql)).toEqual({ text: sql, names: [] });
    }),
  );
});

test('parameters between opaque pieces are all found, and nothing else changes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(opaque, fc.stringMatching(/^[a-z0-9_]{1,5}$/)), { maxLength: 6 }),
      (pairs) => {
        const sql = pairs.map(([piece, name]) => `${piece} , :${name} , `).join('');
        const names = [...new Set(pairs.map(([, name]) => name))];
        const text = pairs.map(([piece, name]) => `${piece} , $${names.indexOf(name) + 1} , `).join('');
        expect(numberParameters(sql)).toEqual({ text, names });
      },
    ),
  );
});

const awkward = fc.constantFrom(
  "'",
  '"',
  '$',
  ':',
  '-',
  '/',
  '*',
  '\\',
  '\n',
  'E',
  'u',
  '&',
  'a',
  '1',
  'é',
  ';',
);

test('any text at all is scanned to its end, and comes back when its numbers are made names again', () => {
  fc.assert(
    fc.property(fc.string({ unit: awkward, maxLength: 40 }), (sql) => {
      fc.pre(!/\$\d/.test(sql));
      let scanned;
      try {
        scanned = numberParameters(sql);
      } catch (error) {
        expect(String(error)).toContain('Named parameter syntax is invalid');
        return;
      }
      const { text, names } = scanned;
      expect(text.replaceAll(/\$(\d+)/g, (_, number) => `:${names[Number(number) - 1]}`)).toBe(sql);
    }),
  );
});
