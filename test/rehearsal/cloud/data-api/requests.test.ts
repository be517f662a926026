import { expect, test } from 'vitest';
import { parseBody, readRequest, requestShapes } from '../../../../rehearsal/cloud/data-api/requests.ts';

const target = { resourceArn: 'arn:aws:rds:x', secretArn: 'arn:aws:secretsmanager:x' };
const read = (body: unknown) => readRequest(requestShapes.ExecuteStatement, body);
const execute = (more: object) =>
  readRequest(requestShapes.ExecuteStatement, { ...target, sql: 'SELECT 1', ...more });

test('a long that a JavaScript number would round arrives whole', () => {
  const value = '{"longValue": -9007199254740993}';
  const sql = String.raw`"\"longValue\":9007199254740993,"`;
  const request = read(
    parseBody(
      `{"resourceArn":"arn:aws:rds:x","secretArn":"arn:aws:secret","sql":${sql},"parameters":[{"name":"x","value":${value}}]}`,
    ),
  );
  expect(request.sql).toBe('"longValue":9007199254740993,');
  expect(request.parameters).toEqual([{ name: 'x', value: { longValue: '-9007199254740993' } }]);
});

test.each([
  ['an unknown key', { sqll: 'x' }, 'sqll'],
  ['an unknown format', { formatRecordsAs: 'CSV' }, 'formatRecordsAs'],
  ['too long a statement', { sql: 'x'.repeat(65_537) }, 'sql'],
  ['the schema parameter', { schema: 'public' }, "The schema parameter isn't supported"],
  [
    'two values in one parameter',
    { parameters: [{ name: 'x', value: { longValue: 1, isNull: true } }] },
    'parameters',
  ],
  ['a fraction as a long', { parameters: [{ name: 'x', value: { longValue: 1.5 } }] }, 'parameters'],
  [
    'an unknown hint',
    { parameters: [{ name: 'x', value: { isNull: true }, typeHint: 'TIMESTAMPTZ' }] },
    'typeHint',
  ],
])('%s is refused', (_, more, message) => {
  expect(() => execute(more)).toThrow(message);
});

test('a body that is not JSON is refused', () => {
  expect(() => parseBody('{')).toThrow('not JSON');
});
