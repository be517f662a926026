import { expect, test } from 'vitest';
import { bindParameters } from '../../../../rehearsal/cloud/data-api/postgres/bind-value.ts';
import type { SqlParameter } from '../../../../rehearsal/cloud/data-api/requests.ts';

const OIDS = {
  untyped: 0,
  bool: 16,
  bytea: 17,
  int8: 20,
  text: 25,
  json: 114,
  float8: 701,
  date: 1082,
  time: 1083,
};

test.each<[SqlParameter['value'], SqlParameter['typeHint'], number, string | Buffer | null]>([
  [{ stringValue: '7' }, undefined, OIDS.text, '7'],
  [{ longValue: '9223372036854775807' }, undefined, OIDS.int8, '9223372036854775807'],
  [{ doubleValue: 'NaN' }, undefined, OIDS.float8, 'NaN'],
  [{ booleanValue: false }, undefined, OIDS.bool, 'false'],
  [{ blobValue: 'AQI=' }, undefined, OIDS.bytea, Buffer.from([1, 2])],
  [{ isNull: true }, undefined, OIDS.untyped, null],
  [{ isNull: true }, 'UUID', 2950, null],
  [{ stringValue: '{}' }, 'JSON', OIDS.json, '{}'],
  [{ stringValue: '2026-01-31' }, 'DATE', OIDS.date, '2026-01-31'],
  [{ stringValue: '10:00:00.5' }, 'TIME', OIDS.time, '10:00:00.5'],
  [{ stringValue: '2026-01-31 10:00:00.123' }, 'TIMESTAMP', 1114, '2026-01-31 10:00:00.123'],
  [{ stringValue: '1.50' }, 'DECIMAL', 1700, '1.50'],
])('%j with hint %s is declared as type %i', (value, typeHint, typeOid, bound) => {
  const parameter: SqlParameter = { name: 'x', value, ...(typeHint !== undefined && { typeHint }) };
  expect(bindParameters(['x'], [parameter])).toEqual([{ typeOid, value: bound }]);
});

test.each<[string, readonly string[], readonly SqlParameter[], string]>([
  ['a missing parameter', ['x'], [], 'Cannot find parameter: x'],
  ['a surplus parameter', [], [{ name: 'y', value: { isNull: true } }], 'not used in the statement: y'],
  ['a name that no statement can hold', [], [{ name: 'a-b', value: { isNull: true } }], 'input: a-b'],
  [
    'an array',
    ['x'],
    [{ name: 'x', value: { arrayValue: { longValues: [1] } } }],
    'Array parameters are not supported',
  ],
  [
    'a long beyond 64 bits',
    ['x'],
    [{ name: 'x', value: { longValue: '9223372036854775808' } }],
    'beyond 64 bits',
  ],
  [
    'a hint on a number',
    ['x'],
    [{ name: 'x', value: { longValue: '1' }, typeHint: 'DECIMAL' }],
    'needs a stringValue',
  ],
  [
    'a time zone in a TIMESTAMP',
    ['x'],
    [{ name: 'x', value: { stringValue: '2026-01-31T10:00:00Z' }, typeHint: 'TIMESTAMP' }],
    'type hint TIMESTAMP',
  ],
])('%s is refused', (_, names, parameters, message) => {
  expect(() => bindParameters(names, parameters)).toThrow(message);
});

test('one name given twice is refused', () => {
  const twice: SqlParameter = { name: 'x', value: { longValue: '1' } };
  expect(() => bindParameters(['x'], [twice, twice])).toThrow('Duplicate parameter: x');
});
