import { describe, expect, test } from 'vitest';
import {
  parseFlags,
  readShare,
  saysReadShare,
  withReadShare,
  writesSaid,
} from '../../../engine/reads/flags.ts';

const empty = parseFlags(undefined);
const variants = (percent: number) =>
  withReadShare(empty, 'rename-email', { percent }).values['rename-email']?._variants;

describe('the share of reads on the new shape', () => {
  test.each([1, 5, 25, 99, 100, 0])('%d %% is read back as it was written', (percent) => {
    const document = parseFlags(JSON.stringify(withReadShare(empty, 'rename-email', { percent })));
    expect(readShare(document, 'rename-email')).toBe(percent);
  });

  test('is split by the key of the reader, with the migration as seed, so that a key that moved stays', () => {
    const off = { name: 'old-5', enabled: false };
    expect(variants(5)).toEqual([
      { name: 'new-5', enabled: true, rule: '(split pct::5 by::$key seed::"rename-email")' },
      off,
    ]);
    expect(variants(25)?.[0]?.rule).toBe('(split pct::25 by::$key seed::"rename-email")');
  });

  test('at the ends is one variant for everybody', () => {
    expect(variants(100)).toEqual([{ name: 'new-100', enabled: true }]);
    expect(variants(0)).toEqual([{ name: 'old-0', enabled: false }]);
  });

  test.each([
    [100, { truth: 'old', isStrict: true }, 'new-100-strict-old'],
    [100, { truth: 'new', isStrict: false }, 'new-100-truth-new'],
    [0, { truth: 'new', isStrict: true }, 'old-0-strict-new'],
  ] as const)('at %d %% says of an application’s writes %j as %s', (percent, writes, name) => {
    const document = withReadShare(empty, 'rename-email', { percent, writes });
    expect(document.values['rename-email']?._variants?.map((each) => each.name)).toEqual([name]);
    expect([readShare(document, 'rename-email'), writesSaid(document, 'rename-email')]).toEqual([
      percent,
      writes,
    ]);
    expect(saysReadShare(document, 'rename-email', { percent })).toBe(false);
    expect(writesSaid(withReadShare(empty, 'rename-email', { percent }), 'rename-email')).toBeNull();
  });

  test.each([
    [25, 0.01, ['new-25-compare-1', 'old-25-compare-1']],
    [100, 0.07, ['new-100-compare-7']],
    [25, 0.005, ['new-25-compare-0.5', 'old-25-compare-0.5']],
    [25, 0, ['new-25', 'old-25']],
    [0, 0.01, ['old-0']],
  ])('at %d %% with %d of the reads compared is in the names of the variants', (percent, compare, names) => {
    const document = withReadShare(empty, 'rename-email', { percent, compare });
    expect(document.values['rename-email']?._variants?.map(({ name }) => name)).toEqual(names);
    expect(readShare(document, 'rename-email')).toBe(percent);
    expect(saysReadShare(document, 'rename-email', { percent, compare: 0.5 })).toBe(percent === 0);
  });

  test('is known again, whatever times AWS has written into the flag', () => {
    const { version, flags, values } = withReadShare(empty, 'rename-email', { percent: 5 });
    const times = { _createdAt: 'then', _updatedAt: 'now' };
    const read = parseFlags(
      JSON.stringify({
        version,
        flags: { 'rename-email': { ...flags['rename-email'], ...times } },
        values: { 'rename-email': { ...values['rename-email'], ...times } },
      }),
    );
    expect([5, 0, 100].map((percent) => saysReadShare(read, 'rename-email', { percent }))).toEqual([
      true,
      false,
      false,
    ]);
    expect(saysReadShare(empty, 'rename-email', { percent: 0 })).toBe(false);
  });

  test('of a migration without a flag is none', () => {
    expect(readShare(empty, 'rename-email')).toBe(0);
    expect(readShare(withReadShare(empty, 'another', { percent: 100 }), 'rename-email')).toBe(0);
  });
});

test('flags that are not ours pass through untouched', () => {
  const theirs = {
    version: '1' as const,
    flags: { beta: { name: 'Beta', attributes: { limit: { constraints: { type: 'number' } } } } },
    values: { beta: { enabled: true, limit: 3 } },
  };
  const document = parseFlags(JSON.stringify(theirs));
  const moved = parseFlags(JSON.stringify(withReadShare(document, 'rename-email', { percent: 5 })));
  expect(moved.flags['beta']).toEqual(theirs.flags.beta);
  expect(moved.values['beta']).toEqual(theirs.values.beta);
  expect(Object.keys(moved.values)).toEqual(['beta', 'rename-email']);
});

test('a document that is no flag document is an error', () => {
  expect(() => parseFlags('{"version":"2","flags":{},"values":{}}')).toThrow('version');
  expect(() => parseFlags('no JSON')).toThrow('JSON');
});
