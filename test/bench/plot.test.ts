import { expect, test } from 'vitest';
import { bars, lines } from '../../bench/backfill/plot.ts';

const numbers = (svg: string, pattern: RegExp): readonly number[] =>
  [...svg.matchAll(pattern)].map(([, number]) => Number(number));

test('a bar is as long as its value, and a name is text', () => {
  const svg = bars({
    title: 'a & b',
    groups: [
      {
        name: '<rename>',
        bars: [
          { label: 'one', value: 1 },
          { label: 'two', value: 2 },
          { label: 'none', value: Number.NaN },
        ],
      },
    ],
  });
  const [one = 0, two = 0, none] = numbers(svg, /<rect[^>]* width="([\d.]+)"/gu);
  expect(one).toBeGreaterThan(100);
  expect(two).toBeCloseTo(2 * one, 0);
  expect(none).toBe(0);
  expect(svg).toContain('&lt;rename&gt;');
  expect(svg).toContain('a &amp; b');
});

test('on a logarithmic axis ten times as many rows are as far away as the next ten times', () => {
  const svg = lines({
    title: 'rates',
    x: 'rows',
    y: 'rows/s',
    logarithmic: ['x'],
    series: [
      {
        name: 'path',
        points: [
          [1e5, 50],
          [1e6, 100],
          [1e7, 0],
        ],
      },
    ],
  });
  const [a = 0, b = 0, c = 0] = numbers(svg, /<circle cx="([\d.]+)"/gu);
  expect(b - a).toBeCloseTo(c - b, 0);
  const [half = 0, top = 0, bottom = 0] = numbers(svg, /cy="([\d.]+)"/gu);
  expect(bottom - half).toBeCloseTo(half - top, 0);
});
