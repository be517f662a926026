import { describe, expect, test } from 'vitest';
import { baselineText, isSteady, measureBaseline } from '../../../rehearsal/stage/baseline.ts';
import { Measurements } from '../../../rehearsal/traffic/measurements.ts';
import type { Traffic } from '../../../rehearsal/traffic/traffic.ts';

describe('a baseline is stable', () => {
  test.each([
    ['where each second is like the others, slow as they are', 600, [500, 600, 550, 580]],
    ['where what differs is felt by nobody', 18, [2, 3, 2, 17]],
    ['where there are too few seconds to tell', 900, [2, 900]],
  ])('%s', (_, p95, seconds) => expect(isSteady(p95, seconds)).toBe(true));

  test.each([
    ['that began with a stall', 2619, [2600, 2000, 50, 57, 45]],
    ['with one bad second in the middle', 2600, [40, 45, 2600, 40, 42]],
  ])('and one %s is not', (_, p95, seconds) => expect(isSteady(p95, seconds)).toBe(false));
});

const noWaits = {
  longestMs: 0,
  longestMsByLabel: {},
  waitedMsByLabel: {},
  resolutionMs: 50,
  from: 'pg_locks',
} as const;

/** Traffic that has answered ten requests in each of six seconds whenever it is asked, as slowly as it is told. */
function trafficOf(latencies: readonly (readonly number[])[]) {
  // Whole, so that a second added is a second and no hair less.
  const started = Math.floor(performance.now());
  let now = started;
  const measurements = new Measurements(() => now);
  const left = [...latencies];
  let label = '';
  const traffic: Pick<Traffic, 'mark' | 'relabel' | 'snapshot'> = {
    mark: (next) => {
      label = next;
      return Promise.resolve();
    },
    relabel: (from, to) => Promise.resolve(measurements.relabel(from, to)),
    snapshot: () => {
      const secondsBefore = Math.round((now - started) / 1000);
      for (const latencyMs of left.shift() ?? []) {
        for (let request = 0; request < 10; request += 1) measurements.add({ label, latencyMs });
        now += 1000;
      }
      const snapshot = measurements.snapshot(noWaits, []);
      // As if this measurement's seconds had just begun, and the others were over.
      return Promise.resolve({ ...snapshot, startedMs: Date.now() - 1000 * secondsBefore });
    },
  };
  return { traffic, measurements };
}

const slow = [2600, 2000, 50, 57, 45, 45];
const steady = [45, 46, 44, 45, 47, 45];

test('it is measured again until it is stable, and the first tries warm it up', async () => {
  const { traffic, measurements } = trafficOf([slow, steady]);
  const baseline = await measureBaseline(traffic, 0, 0);
  expect(baseline).toMatchObject({ isStable: true, measurements: 2 });
  expect(baseline.p95Ms).toBeLessThan(50);
  expect(baselineText(baseline)).toMatch(/^baseline: p95 4\d\.\d ms, stable in measurement 2$/u);
  const { labels } = measurements.snapshot(noWaits, []);
  expect([labels['warm-up']?.requests, labels['baseline']?.requests]).toEqual([60, 60]);
  expect(labels['warm-up']?.p95).toBeGreaterThan(2000);
});

test('one that never becomes stable is said, and nothing is compared with it', async () => {
  const { traffic } = trafficOf([slow, slow, slow]);
  const baseline = await measureBaseline(traffic, 0, 0);
  expect(baseline).toMatchObject({ isStable: false, measurements: 3 });
  expect(baselineText(baseline)).toContain('not stable in 3 measurements');
});
