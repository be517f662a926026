import { serialize } from 'node:v8';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { RowKeys } from '../../engine/database/row-keys.ts';

const at = { line: 4, column: 3, key: 'change.check', fact: '1 row breaks it', remedy: '' };
const error = new InvalidSpec('m.yaml:4:3 x', [{ ...at, rows: new RowKeys(['mallory@example.com']) }]);

test('keys of rows go with a refusal to a terminal', () => {
  expect(error.problems[0]?.rows?.forTerminal()).toEqual(['mallory@example.com']);
});

/** Whatever a handler, a logger or a debugger may do with an error whole. */
test.each<[string, () => string]>([
  ['JSON', () => JSON.stringify(Object.assign({}, error))],
  ['inspect', () => inspect(error, { depth: null, showHidden: true, getters: true })],
  ['a structured clone', () => inspect(structuredClone(error.problems), { depth: null })],
  ['V8', () => serialize(error.problems).toString('latin1')],
  [
    'a copy of all properties',
    () => JSON.stringify(Object.assign({}, error.problems[0], error.problems[0]?.rows)),
  ],
])('%s finds none of them', (_, serialised) => {
  const text = serialised();
  expect(text).toContain('1 row breaks it');
  expect(text).not.toContain('mallory');
});
