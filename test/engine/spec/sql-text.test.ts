import { describe, expect, it } from 'vitest';
import { sqlFault, typeFault } from '../../../engine/spec/sql-text.ts';

describe('an SQL expression', () => {
  it.each([
    'amount / 100.0',
    'round(amount_v2 * 100)::integer',
    'CASE WHEN a = \'it\'\'s; --\' THEN (b)[1] ELSE "odd;""(" END',
    "E'it\\'s (' || name",
    '$$ ; -- ( $$ || $tag$ $$ ; $tag$',
    '-amount',
    '"x$q$" || $é$ ; $é$',
    "E'a'\n  '\\' ; ' || name",
    "parts[1: 2] || ':x' || a::text",
  ])('may be %s', (sql) => {
    expect(sqlFault(sql)).toBeUndefined();
  });

  it.each([
    ['a; DROP TABLE users', 'The SQL holds a `;`.'],
    ['a -- cents', 'The SQL holds a comment.'],
    ['a /* cents */', 'The SQL holds a comment.'],
    ["'a", 'A quote is opened and never closed.'],
    ['"a', 'A quote is opened and never closed.'],
    ['parts[1:2]', 'The SQL holds `:2`, which the RDS Data API takes for a parameter.'],
    ['lower(a', 'The parentheses do not match.'],
    ['a) , (b', 'The parentheses do not match.'],
    ['(a]', 'The parentheses do not match.'],
    ['  ', 'No SQL is written here.'],
    // What PostgreSQL reads as one name, as a parameter or as a string that goes on opens no quote there.
    ['x$q$ ) FROM t; DROP TABLE users; SELECT ($q$', 'The SQL holds a `$` that opens no quote.'],
    ['é$q$ ; $q$', 'The SQL holds a `$` that opens no quote.'],
    ['x$$ ; $$', 'The SQL holds a `$` that opens no quote.'],
    ['$1a$ ; $1a$', 'The SQL holds a `$` that opens no quote.'],
    ["1$q$ ' $q$ ; DROP TABLE users; SELECT '", 'The SQL holds a `$` that opens no quote.'],
    ['$q$ a', 'The SQL holds a `$` that opens no quote.'],
    ["éE'\\' ; DROP TABLE users; SELECT E'\\''", 'The SQL holds a `;`.'],
    ["E'a'\n'\\'' ; DROP TABLE users; SELECT 'b'", 'The SQL holds a `;`.'],
  ])('is not %s', (sql, fact) => {
    expect(sqlFault(sql)?.fact).toBe(fact);
  });
});

describe('a type', () => {
  it.each([
    'numeric(14,4)',
    'timestamp with time zone',
    'text[]',
    '"My Schema"."not null"',
    'varchar(20) COLLATE "C"',
  ])('may be %s', (type) => {
    expect(typeFault(type)).toBeUndefined();
  });

  it.each([
    ['text NOT  NULL', '`NOT  NULL` is not part of a type.'],
    ["text default 'x'", '`default` is not part of a type.'],
    ['int references users', '`references` is not part of a type.'],
    ['bigserial', '`bigserial` is not part of a type.'],
    ['int; drop', 'The SQL holds a `;`.'],
  ])('is not %s', (type, fact) => {
    expect(typeFault(type)?.fact).toBe(fact);
  });
});
