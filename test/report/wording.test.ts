import { expect, test } from 'vitest';
import { dollars, duration, every, milliseconds, percent } from '../../report/wording.ts';

test.each([
  [0, '0 s'],
  [340, '0.34 s'],
  [25_640, '25.6 s'],
  [2000, '2 s'],
  [59_960, '1 min'],
  [60_000, '1 min'],
  [250_400, '4 min 10 s'],
  [3_599_900, '1 h'],
  [3_600_000, '1 h'],
  [266_400_000, '3 d 2 h'],
  [1_814_400_000, '21 d'],
])('%d ms are %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('small numbers keep the digits that mean something', () => {
  expect([0, 0.674, 4.91, 32.26, 94, 1234].map(milliseconds)).toEqual([
    '0 ms',
    '0.67 ms',
    '4.9 ms',
    '32.3 ms',
    '94 ms',
    '1,234 ms',
  ]);
  expect([0, 0.00001, 0.0213, 12.345].map(dollars)).toEqual(['$0.00', '< $0.0001', '$0.0213', '$12.35']);
  expect([1, 0.5, 0.0002, 3e-8].map(percent)).toEqual(['100 %', '50 %', '0.02 %', 'less than 0.0001 %']);
  expect([1, 0.2, 60, 300].map(every)).toEqual(['every second', 'every 0.2 s', 'every 1 min', 'every 5 min']);
});
