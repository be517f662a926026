import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readArrayText } from '../../../../rehearsal/cloud/data-api/postgres/array-text.ts';
import {
  fieldJson,
  plainJson,
  type FieldKind,
  type ResultType,
} from '../../../../rehearsal/cloud/data-api/result-json.ts';
import { timestamptzInUtc } from '../../../../rehearsal/cloud/data-api/postgres/timestamptz.ts';

const scalar = (kind: FieldKind): ResultType => ({ name: kind, kind, isArray: false });
const array = (kind: FieldKind): ResultType => ({ name: `_${kind}`, kind, isArray: true });

test.each<[ResultType, string | null, string]>([
  [scalar('long'), '9007199254740993', '{"longValue":9007199254740993}'],
  [scalar('boolean'), 't', '{"booleanValue":true}'],
  [scalar('double'), '1e-05', '{"doubleValue":1e-05}'],
  [scalar('double'), '-Infinity', '{"doubleValue":"-Infinity"}'],
  [scalar('decimal'), '1.50', '{"stringValue":"1.50"}'],
  [scalar('blob'), String.raw`\x0102`, '{"blobValue":"AQI="}'],
  [scalar('string'), 'a"b', String.raw`{"stringValue":"a\"b"}`],
  [scalar('string'), null, '{"isNull":true}'],
  [scalar('timestamptz'), '2026-01-01 01:30:00.5+02', '{"stringValue":"2025-12-31 23:30:00.5"}'],
  [array('long'), '{1,NULL,3}', '{"arrayValue":{"longValues":[1,null,3]}}'],
  [array('string'), '{}', '{"arrayValue":{"stringValues":[]}}'],
  [array('boolean'), '{NULL}', '{"arrayValue":{"booleanValues":[null]}}'],
  [array('long'), '[0:1]={1,2}', '{"arrayValue":{"longValues":[1,2]}}'],
])('%j %s travels as %s', (type, text, json) => {
  expect(fieldJson(text, type, {})).toBe(json);
});

test('the result options turn longs into strings and decimals into numbers', () => {
  expect(fieldJson('5', scalar('long'), { longReturnType: 'STRING' })).toBe('{"stringValue":"5"}');
  const numbers = { decimalReturnType: 'DOUBLE_OR_LONG' } as const;
  expect(fieldJson('5', scalar('decimal'), numbers)).toBe('{"longValue":5}');
  expect(fieldJson('5.0', scalar('decimal'), numbers)).toBe('{"doubleValue":5.0}');
  expect(fieldJson('9223372036854775808', scalar('decimal'), numbers)).toBe(
    '{"doubleValue":9223372036854775808}',
  );
});

test('values formatted as JSON stand bare', () => {
  expect(plainJson('{1,NULL}', array('long'), {})).toBe('[1,null]');
  expect(plainJson(null, scalar('long'), {})).toBe('null');
  expect(plainJson('f', scalar('boolean'), {})).toBe('false');
});

test.each([
  ['a type without a place in the service', { name: 'money', isArray: false }, '$1', 'type money'],
  ['its NULL too', { name: 'money', isArray: false }, null, 'type money'],
  ['an array of arrays', array('long'), '{{1},{2}}', 'multidimensional array'],
])('%s is refused', (_, type, text, message) => {
  expect(() => fieldJson(text, type, {})).toThrow(message);
});

/** Every element in quotes, as PostgreSQL writes those that need it. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

test('an array of any strings is read back as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null })), (elements) => {
      const text = `{${elements.map((element) => (element === null ? 'NULL' : quoted(element))).join(',')}}`;
      expect(readArrayText(text)).toEqual(elements);
    }),
  );
});

test.each([
  ['2026-03-29 02:30:00+01', '2026-03-29 01:30:00'],
  ['2026-01-01 00:00:00.000001-05:30', '2026-01-01 05:30:00.000001'],
  ['0050-01-01 00:00:00+00', '0050-01-01 00:00:00'],
  ['infinity', 'infinity'],
])('the instant %s is reported as %s', (text, utc) => {
  expect(timestamptzInUtc(text)).toBe(utc);
});
