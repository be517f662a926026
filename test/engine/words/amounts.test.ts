import { describe, expect, test } from 'vitest';
import { aboutSeconds, bytesText, plural, shareText } from '../../../engine/words/amounts.ts';

describe('amounts are said', () => {
  test.each([
    [0, 'under 1 s'],
    [1, '1 s'],
    [59.4, '59 s'],
    [90, '1 min 30 s'],
    [3599.6, '1 h'],
    [9000, '2 h 30 min'],
    [86_399, '1 d'],
    [867_600, '10 d 1 h'],
  ])('%d s as %s', (seconds, text) => {
    expect(aboutSeconds(seconds)).toBe(text);
  });

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [8192, '8.19 kB'],
    [153_190_400, '153 MB'],
    [2.5e12, '2.5 TB'],
  ])('%d bytes as %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  test('shares and counts in words', () => {
    expect([0.8, 0.342, 0.004].map(shareText)).toEqual(['80 %', '34 %', '0.4 %']);
    expect([plural(1, 'index', 'indexes'), plural(2000, 'index', 'indexes')]).toEqual([
      '1 index',
      '2,000 indexes',
    ]);
  });
});
