import { expect, test } from 'vitest';
import { parseFormula } from '../../../../rehearsal/cloud/cloudwatch/metric-math.ts';
import { statisticOf, type Sample } from '../../../../rehearsal/cloud/cloudwatch/statistics.ts';

const points: Readonly<Record<string, number>> = { errors: 3, requests: 60, zero: 0 };
const value = (text: string) => parseFormula(text).evaluate((id) => points[id]);

test.each([
  ['100 * errors / requests', 5],
  ['(errors + 1) * -2', -8],
  ['requests - errors - 7', 50],
  ['requests / errors / 2', 10],
  ['FILL(absent, 4) + 1', 5],
  ['FILL(errors, 4)', 3],
  ['errors / zero', undefined],
  ['errors + absent', undefined],
])('%s is %s', (text, expected) => {
  expect(value(text)).toBe(expected);
});

test.each([
  '',
  'errors +',
  'SUM(METRICS())',
  'IF(errors, 1, 2)',
  'errors > 1',
  'errors requests',
  'FILL(errors, REPEAT)',
  'Errors',
])('what is not simple is refused: "%s"', (text) => {
  expect(() => parseFormula(text)).toThrow(
    expect.objectContaining({ name: 'InvalidParameterValueException' }),
  );
});

const sample = (at: number, count = 1): Sample => ({
  count,
  sum: at * count,
  minimum: at,
  maximum: at,
  value: at,
  unit: 'None',
});

test.each([
  ['Average', 25],
  ['Sum', 250],
  ['Minimum', 10],
  ['Maximum', 40],
  ['SampleCount', 10],
  ['p50', 20],
  ['p90', 40],
  ['p0', 10],
  ['p100', 40],
])('%s weighs values by their counts', (name, expected) => {
  const samples = [sample(40, 2), sample(10, 2), sample(20, 3), sample(30, 3)];
  expect(statisticOf(name)?.(samples)).toBe(expected);
  expect(statisticOf(name)?.([])).toBeUndefined();
});

test('a percentile of statistic sets is unknown, and so are the statistics that are not imitated', () => {
  expect(statisticOf('p95')?.([{ ...sample(1, 5), maximum: 9, value: undefined }])).toBeUndefined();
  expect(['tm90', 'IQM', 'p101', 'average'].map(statisticOf)).toEqual(Array(4).fill(undefined));
});
