import { describe, expect, it } from 'vitest';
import { sqlFault, typeFault } from '../../engine/sql-text.ts';

describe('an SQL expression', () => {
  it.each([
    'amount / 100.0',
    'round(amount_v2 * 100)::integer',
    'CASE WHEN a = \'it\'\'s; --\' THEN (b)[1] ELSE "odd;""(" END',
    "E'it\\'s (' || name",
    '$$ ; -- ( $$ || $tag$ $$ ; $tag$',
    '-amount',
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
