import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { claimFault } from '../../../../../engine/dialects/postgres/fragments/claim-fault.ts';
import type { Claim } from '../../../../../engine/spec/fragments.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

const fault = (claim: Claim, text: string): string | undefined =>
  claimFault({ key: 'change.x', text, claim }, parser)?.fact;

describe('a type', () => {
  test.each([
    'text',
    'numeric(14,4)',
    'timestamp(3) with time zone',
    'interval day to second(3)',
    'double precision',
    'text[][3]',
    'integer ARRAY[4]',
    'character varying(20) COLLATE "C"',
    '"My Schema"."odd; type"',
    'geometry(Point, 4326)',
    'U&"d\\0061ta"',
  ])('may be %s', (text) => {
    expect(fault('type', text)).toBeUndefined();
  });

  test.each([
    'text, DROP COLUMN name',
    'text) , DROP COLUMN name',
    'text) --',
    'text --',
    'text /* ',
    'text NOT NULL',
    'text DEFAULT 1',
    'text[] || NULL',
    'text::int',
    'SETOF text',
    'users.name%TYPE',
    "text = 'a'",
    'text AS x',
    'text x',
    'text FROM users',
    'text; DROP TABLE users',
    'text COLLATE "C" COLLATE "C"',
    'numeric((SELECT 1))',
    'numeric(now())',
    "text STORAGE external COMPRESSION 'lz4'",
    '',
  ])('is not %s', (text) => {
    expect(fault('type', text)).toContain('is not one type and nothing else');
  });
});

describe('an index', () => {
  test.each([
    'drop',
    '(lower("to"))',
    'USING gin ("to" gin_trgm_ops) WITH (fastupdate = off)',
    '(id DESC, (a || b)) INCLUDE (c) NULLS NOT DISTINCT TABLESPACE x WHERE "to" IS NOT NULL',
  ])('may be %s', (text) => {
    expect(fault('index', text)).toBeUndefined();
  });

  test.each(['', 'lower("to")', '(a); DROP TABLE users', '(a) b', '(a'])('is not %s', (text) => {
    expect(fault('index', text)).toContain('is not what stands behind ON table in CREATE INDEX');
  });
});

describe('an expression', () => {
  test.each([
    'amount / 100.0',
    '-1',
    "CASE country WHEN 'DE' THEN 'de' ELSE 'en' END",
    "'it''s' || E'\\n' || $q$ ; -- $q$ || U&'d\\0061t'",
    '(SELECT c.id FROM countries AS c WHERE c.code = country)',
    '(SELECT max(x) FROM unnest(ARRAY[1, 2]) AS u (x))',
    '(ARRAY[a, b])[1]',
    '(a, b) = (1, 2)',
    'a IS NOT NULL AND b',
    'NULL',
    'current_date',
    'x COLLATE "C"',
    '"from"',
  ])('may be %s', (text) => {
    expect(fault('expression', text)).toBeUndefined();
  });

  test.each([
    'a, b',
    'a) + (b',
    'a) FROM users; DROP TABLE users; SELECT (b',
    'a; SELECT b',
    'a;',
    'a --',
    'a /*',
    "'a",
    'a AS b',
    'a b',
    '* ',
    'a FROM users',
    'a WHERE true',
    'a ORDER BY 1',
    'a UNION SELECT b',
    'SELECT a',
    'ALL a',
    'DISTINCT a',
    'a::text, DROP COLUMN name',
    '',
    '(',
  ])('is not %s', (text) => {
    expect(fault('expression', text)).toContain('is not one SQL expression and nothing else');
  });

  test.each([
    ['(WITH w AS (DELETE FROM users RETURNING id) SELECT id FROM w)', 'a DELETE'],
    ['(WITH w AS (INSERT INTO users VALUES (1) RETURNING id) SELECT id FROM w)', 'an INSERT'],
    ['(WITH w AS (UPDATE users SET id = 1 RETURNING id) SELECT id FROM w)', 'an UPDATE'],
    ['(SELECT id FROM users FOR UPDATE)', 'a query that locks rows'],
    ['$1', 'a parameter'],
    ['DEFAULT', 'the word DEFAULT'],
    ['users.*', 'a whole row'],
    ['count(*)', 'an aggregate'],
    ["string_agg(a, ',' ORDER BY b)", 'an aggregate'],
    ['max(a) FILTER (WHERE b)', 'an aggregate'],
    ['percentile_disc(0.5) WITHIN GROUP (ORDER BY a)', 'an aggregate'],
    ['lag(a) OVER (ORDER BY b)', 'a window function'],
  ])('holds nothing but a value: %s', (text, what) => {
    expect(fault('expression', text)).toBe(`the expression holds ${what}`);
  });
});

describe('a default', () => {
  test.each(["'en'", '0', 'now()', "nextval('a_sequence')", "'a' || 'b'", '(true OR false)', "'{}'::jsonb"])(
    'may be %s',
    (text) => {
      expect(fault('default', text)).toBeUndefined();
    },
  );

  test.each([
    "'a', DROP COLUMN name",
    "'a' NOT NULL",
    "'a' CHECK (true)",
    '1 UNIQUE',
    '1 PRIMARY KEY',
    '1 GENERATED',
  ])('is not %s', (text) => {
    expect(fault('default', text)).toContain('is not one SQL expression and nothing else');
  });

  test.each(['true OR false', '1 IN (2)', 'NULL IS NULL', '\'a\' COLLATE "C"'])(
    'that ends too early behind DEFAULT is refused with what to write: %s',
    (text) => {
      expect(claimFault({ key: 'change.default', text, claim: 'default' }, parser)).toEqual({
        fact: `\`${text}\` cannot stand behind DEFAULT as it is written`,
        remedy: `Put it into parentheses: \`(${text})\``,
      });
    },
  );
});
