import { expect, test } from 'vitest';
import { placeParameters } from '../../../../rehearsal/cloud/data-api/mysql/prepared-sql.ts';

test.each([
  ['a name', 'SELECT :a', 'SELECT ?', ['a']],
  ['a name twice', 'SELECT :a, :b, :a', 'SELECT ?, ?, ?', ['a', 'b', 'a']],
  ['text in single quotes', String.raw`SELECT ':a''\':b', :c`, String.raw`SELECT ':a''\':b', ?`, ['c']],
  ['text in double quotes', String.raw`SELECT ":a\":b", :c`, String.raw`SELECT ":a\":b", ?`, ['c']],
  ['a quoted name', 'SELECT `:a``:b`, :c', 'SELECT `:a``:b`, ?', ['c']],
  ['an assignment', 'SET @x := :a', 'SET @x := ?', ['a']],
  ['comments', 'SELECT /* :a */ 1 -- :b\n, 2 # :c\n, :d', 'SELECT /* :a */ 1 -- :b\n, 2 # :c\n, ?', ['d']],
  ['two minus signs', 'SELECT 5--:a', 'SELECT 5--?', ['a']],
  ['a label', 'w: LOOP', 'w: LOOP', []],
])('%s', (_, sql, text, names) => {
  expect(placeParameters(sql)).toMatchObject({ text, names });
});

test('a name that the service refuses', () => {
  expect(() => placeParameters('SELECT :a$b')).toThrow('Named parameter syntax is invalid, input: a$b');
});

test.each([
  ['SELECT 1', 'SELECT', false],
  ['/* x */ call p(); -- end', 'CALL', false],
  ['SELECT 1;;', 'SELECT', false],
  ["SELECT ';a'", 'SELECT', false],
  ['SELECT 1; SELECT 2', 'SELECT', true],
])('%s: first word %s, several %s', (sql, firstWord, several) => {
  expect(placeParameters(sql)).toMatchObject({ firstWord, several });
});
