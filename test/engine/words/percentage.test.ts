import { assert, constantFrom, double, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatPercentage,
  growthPattern,
  parsePercentage,
  sharePattern,
} from '../../../engine/words/percentage.ts';

describe('a percentage', () => {
  it('reads back as it was written', () => {
    const share = double({ min: 0, max: 1e6, noNaN: true });
    assert(property(share, (number) => parsePercentage(formatPercentage(number)) === number));
  });

  it('is the decimal that its digits say, not a neighbour of it', () => {
    const parts = tuple(integer({ min: 0, max: 1000 }), integer({ min: 0, max: 99 }), constantFrom('', '+'));
    assert(
      property(parts, ([whole, hundredths, sign]) => {
        const fraction = String(hundredths).padStart(2, '0');
        return parsePercentage(`${sign}${whole}.${fraction}%`) === Number(`${whole * 100 + hundredths}e-4`);
      }),
    );
  });

  it.each([
    ['0.5%', 0.005],
    ['0.7%', 0.007],
    ['+10%', 0.1],
    ['100%', 1],
    ['0%', 0],
  ])('%s is %d', (text, share) => {
    expect(parsePercentage(text)).toBe(share);
  });

  it.each(['', '5', '%', '.5%', '5.%', '5 %', '-5%', '1e1%', '5%%', '++5%', '0.5'])('%j is none', (text) => {
    expect(parsePercentage(text)).toBeUndefined();
  });

  it('has a plus only as a growth', () => {
    expect(growthPattern.test('+10%')).toBe(true);
    expect(sharePattern.test('+10%')).toBe(false);
  });
});
