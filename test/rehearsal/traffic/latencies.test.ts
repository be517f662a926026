import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LatencyRecorder,
  percentile,
  percentiles,
  mergedLatencies,
} from '../../../rehearsal/traffic/latencies.ts';

function recorded(values: readonly number[]): LatencyRecorder {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.add(value);
  return recorder;
}

describe('latencies', () => {
  it('every percentile is within 1 % of the exact one', () => {
    const latency = fc.double({ min: 0.02, max: 60_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(50, 95, 99),
        (values, percent) => {
          const exact = values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] ?? 0;
          const estimated = percentile(recorded(values).latencies, percent);
          expect(Math.abs(estimated - exact) / exact).toBeLessThan(0.011);
        },
      ),
    );
  });

  it('added up, several phases give the percentiles of all their requests', () => {
    const calm = Array.from({ length: 90 }, () => 1);
    const stalled = Array.from({ length: 10 }, () => 100);
    const sum = mergedLatencies([recorded(calm).latencies, recorded(stalled).latencies]);
    expect(sum).toEqual(recorded([...calm, ...stalled]).latencies);
    expect(percentile(sum, 95)).toBeCloseTo(100, -1);
  });

  it('of nothing are zero', () => {
    expect(percentiles({})).toEqual({ p50: 0, p95: 0, p99: 0 });
  });
});
