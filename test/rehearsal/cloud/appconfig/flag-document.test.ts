import { describe, expect, test } from 'vitest';
import { parseFlagDocument } from '../../../../rehearsal/cloud/appconfig/flag-document.ts';

const parse = (document: unknown) => parseFlagDocument(Buffer.from(JSON.stringify(document)));

const variants = (...list: readonly unknown[]) => ({
  version: '1',
  flags: { reads: { name: 'Reads' } },
  values: { reads: { _variants: list } },
});
const fallback = { name: 'Default', enabled: false };
const attribute = (constraints: unknown, value: unknown) => ({
  version: '1',
  flags: { reads: { attributes: { level: { constraints } } } },
  values: { reads: { enabled: true, ...(value === undefined ? {} : { level: value }) } },
});

describe('a feature flag document', () => {
  test('with the shape of the documented example is accepted', () => {
    const document = {
      flags: {
        ui_refresh: {
          attributes: { dark_mode_support: { constraints: { type: 'boolean' } } },
          description: 'A release flag used to release a new UI',
          name: 'UI Refresh',
        },
      },
      values: {
        ui_refresh: {
          _variants: [
            {
              attributeValues: { dark_mode_support: true },
              enabled: true,
              name: 'QA',
              rule: '(ends_with $email "qa-testers.mycompany.com")',
            },
            { attributeValues: { dark_mode_support: false }, enabled: false, name: 'Default Variant' },
          ],
        },
      },
      version: '1',
    };
    expect(parse(document)).toEqual(document);
  });

  test.each([
    ['no version', { flags: {} }],
    ['another version', { version: '2' }],
    ['an unknown member at the top', { version: '1', extra: 1 }],
    ['a flag key with a capital first', { version: '1', flags: { Reads: {} } }],
    ['a flag key of 65 characters', { version: '1', flags: { [`a${'b'.repeat(64)}`]: {} } }],
    ['an unknown member of a flag', { version: '1', flags: { reads: { owner: 'me' } } }],
    ['a value without its flag', { version: '1', flags: {}, values: { reads: { enabled: true } } }],
    ['a value without enabled', { version: '1', flags: { reads: {} }, values: { reads: {} } }],
    [
      'an attribute nobody defined',
      { version: '1', flags: { reads: {} }, values: { reads: { enabled: true, x: 1 } } },
    ],
    ['an attribute named enabled', { version: '1', flags: { reads: { attributes: { enabled: {} } } } }],
    ['no variant', variants()],
    ['a default variant with a rule', variants({ ...fallback, rule: '(eq $a 1)' })],
    ['a variant without a rule before the last', variants({ name: 'a', enabled: true }, fallback)],
    ['two variants of one name', variants({ ...fallback, rule: '(eq $a 1)' }, fallback)],
    ['an unknown member of a variant', variants({ ...fallback, weight: 1 })],
    ['a rule outside the grammar', variants({ name: 'a', enabled: true, rule: '(maybe $a)' }, fallback)],
    [
      'a rule of more than 16384 characters',
      variants({ name: 'a', enabled: true, rule: `(eq $a "${'x'.repeat(16_384)}")` }, fallback),
    ],
    [
      '33 variants',
      variants(
        ...Array.from({ length: 32 }, (_, i) => ({ name: `v${i}`, enabled: true, rule: '(eq $a 1)' })),
        fallback,
      ),
    ],
    ['a number below its minimum', attribute({ type: 'number', minimum: 1 }, 0)],
    ['text for a number', attribute({ type: 'number' }, '1')],
    ['text that misses its pattern', attribute({ type: 'string', pattern: '^a' }, 'b')],
    ['text that is not in its enum', attribute({ type: 'string', enum: ['a'] }, 'b')],
    ['pattern and enum together', attribute({ type: 'string', enum: ['a'], pattern: 'a' }, 'a')],
    ['a required attribute left out', attribute({ type: 'string', required: true }, undefined)],
    ['an array with a wrong element', attribute({ type: 'array', elements: { type: 'number' } }, ['a'])],
    ['text of more than 1024 characters', attribute({ type: 'string' }, 'x'.repeat(1025))],
  ])('with %s is refused', (_, document) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ name: 'BadRequestException' }));
  });

  test('that is not JSON is refused', () => {
    expect(() => parseFlagDocument(Buffer.from('{'))).toThrow('not JSON');
  });
});
