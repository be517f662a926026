import { describe, expect, test } from 'vitest';
import { readBreach } from '../../../engine/reads/read-limits.ts';

const limits = { errorRate: 0.005, latencyP95: 0.1 };
const minutes = (...values: readonly (number | null)[]) =>
  values.flatMap((value, at) => (value === null ? [] : [{ atMs: at * 60_000, value }]));
const judged = (errorRates: ReturnType<typeof minutes>, latencyRatios: ReturnType<typeof minutes> = []) =>
  readBreach({ errorRates, latencyRatios }, limits);

describe("a migration's own limits for its reads", () => {
  test('are kept where nothing was reported', () => {
    expect(judged([])).toBe(undefined);
  });

  test('are broken by one minute of errors above them, also by one that is over', () => {
    expect(judged(minutes(0, 0.005, 0))).toBe(undefined);
    expect(judged(minutes(0, 0.0123, 0))).toBe(
      "1.23% of the reads on the new path failed at 1970-01-01T00:01:00.000Z: the migration's errorRate is 0.5%",
    );
  });

  test('are broken by three slow minutes on end, and by no fewer', () => {
    expect(judged([], minutes(1.2, 1.2, 1.1, 1.2, 1.2))).toBe(undefined);
    expect(judged([], minutes(1.2, 1.2, null, 1.2))).toBe(undefined);
    expect(judged([], minutes(1, 1.25, 1.2, 1.2))).toBe(
      "the new path's p95 was 25% above the old one's for 3 minutes from 1970-01-01T00:01:00.000Z on: the migration's latencyP95 is +10%",
    );
  });
});
