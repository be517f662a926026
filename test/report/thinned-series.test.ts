import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { thinnedSeries } from '../../report/thinned-series.ts';

const values = (samples: readonly { readonly value: number | null }[]): readonly number[] =>
  samples.flatMap(({ value }) => value ?? []);

const series = fc
  .array(
    fc.record({
      step: fc.integer({ min: 1, max: 5000 }),
      value: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    }),
    {
      minLength: 1,
      maxLength: 3000,
    },
  )
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ step, value }) => ({ atMs: (atMs += step), value }));
  });

test('a thinned series is small, in order, made of its own samples, and has its highest and lowest', () => {
  fc.assert(
    fc.property(series, (samples) => {
      const few = thinnedSeries(samples, 200);
      expect(few.length).toBeLessThanOrEqual(Math.max(200, 0) + 5);
      expect(few.every((sample) => samples.includes(sample))).toBe(true);
      expect(few.map(({ atMs }) => atMs)).toEqual(few.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
      expect(Math.max(...values(few))).toBe(Math.max(...values(samples)));
      expect(Math.min(...values(few))).toBe(Math.min(...values(samples)));
    }),
    { numRuns: 100 },
  );
});

test('a gap in a stretch stays a gap', () => {
  const samples = Array.from({ length: 10_000 }, (_, at) => ({ atMs: at, value: at === 5000 ? null : 1 }));
  expect(thinnedSeries(samples, 100).filter(({ value }) => value === null)).toHaveLength(1);
});

test('a short series is left alone', () => {
  const samples = [{ atMs: 1, value: 1 }];
  expect(thinnedSeries(samples, 100)).toBe(samples);
  expect(thinnedSeries([], 100)).toEqual([]);
});
