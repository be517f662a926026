import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstPace,
  paceAfter,
  paceAfterLock,
  paceAfterRefusal,
  paceLimits,
  restMs,
  type Pace,
} from '../../../engine/walk/pace.ts';

const limits = { targetMs: 500, maxRows: 20_000 };
const steady = (rows: number): Pace => ({ rows, searching: false });

describe('the pace of a walk', () => {
  test('begins at 1,000 rows, or at the most that is allowed', () => {
    expect(firstPace(limits)).toEqual(steady(1000));
    expect(firstPace({ ...limits, maxRows: 50 })).toEqual(steady(50));
  });

  test('begins with half of what the walk had reached before, within the limits', () => {
    expect(firstPace(limits, 9000)).toEqual(steady(4500));
    expect(firstPace(limits, 12)).toEqual(steady(1000));
    expect(firstPace(limits, 90_000)).toEqual(steady(20_000));
  });

  test.each([
    { rowBytes: null, maxRows: 50_000, says: 'the rows that are allowed, where nobody has counted bytes' },
    { rowBytes: 100, maxRows: 50_000, says: 'the rows that are allowed, where they are narrow' },
    { rowBytes: 16_384, maxRows: 1024, says: '16 MiB of wide rows' },
    { rowBytes: 100_000_000, maxRows: 10, says: 'ten rows, however wide' },
  ])('is at the most $says', ({ rowBytes, maxRows }) => {
    expect(paceLimits({ targetBatchTimeMs: 200, maxBatchRows: 50_000 }, rowBytes)).toEqual({
      targetMs: 200,
      maxRows,
    });
  });

  test.each([
    { took: 500, from: 1000, to: 1000, says: 'stays where a statement takes the target time' },
    { took: 400, from: 1000, to: 1250, says: 'grows by what is left of it' },
    { took: 70, from: 1000, to: 1501, says: 'grows by half at the most' },
    { took: 60, from: 1000, to: 4000, says: 'grows fourfold where that stays below half of the target' },
    { took: 0, from: 1000, to: 4000, says: 'grows fourfold after a statement that took no time' },
    { took: 1000, from: 1000, to: 500, says: 'shrinks by what was too much' },
    { took: 2501, from: 1000, to: 100, says: 'falls to a tenth past five times the target' },
    { took: 9000, from: 20, to: 10, says: 'never falls below ten rows by time' },
    { took: 100, from: 19_000, to: 20_000, says: 'never grows past what is allowed' },
  ])('$says', ({ took, from, to }) => {
    expect(paceAfter(steady(from), took, limits)).toEqual(steady(to));
  });

  test('comes near the target in a few statements, wherever it begins', () => {
    const rowsIn500Ms = 3000;
    let pace = steady(10);
    for (let n = 0; n < 20; n += 1) pace = paceAfter(pace, (pace.rows / rowsIn500Ms) * 500, limits);
    expect(pace.rows).toBeCloseTo(rowsIn500Ms, -2);
  });

  test('halves to a single row to find the one that refuses, and grows back fourfold', () => {
    let pace = steady(1000);
    for (let n = 0; n < 10; n += 1) pace = paceAfterRefusal(pace);
    expect(pace).toEqual({ rows: 1, searching: true });
    const rows: number[] = [];
    while (pace.searching) {
      pace = paceAfter(pace, 5, limits);
      rows.push(pace.rows);
    }
    expect(rows).toEqual([4, 16, 64, 256, 1024]);
  });

  test('stops searching when a statement takes its time', () => {
    expect(paceAfter({ rows: 64, searching: true }, 600, limits).searching).toBe(false);
  });

  test('halves after a lock that was not granted, and goes on searching if it was', () => {
    expect(paceAfterLock({ rows: 9, searching: true })).toEqual({ rows: 4, searching: true });
    expect(paceAfterLock(steady(1))).toEqual(steady(1));
  });

  test('is a whole number of rows between one and the most, whatever happens', () => {
    const event = fc.oneof(
      fc.constant('refused'),
      fc.constant('locked'),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 1, max: 1_000_000 }), (events, maxRows) => {
        const all = { targetMs: 500, maxRows };
        let pace = firstPace(all);
        for (const each of events) {
          pace =
            each === 'refused'
              ? paceAfterRefusal(pace)
              : each === 'locked'
                ? paceAfterLock(pace)
                : paceAfter(pace, each, all);
          expect(Number.isInteger(pace.rows) && pace.rows >= 1 && pace.rows <= maxRows).toBe(true);
        }
      }),
    );
  });
});

test('a duty cycle of 0.8 rests a quarter of the time worked, and one of 1 never', () => {
  expect(restMs(400, 0.8)).toBeCloseTo(100);
  expect(restMs(400, 1)).toBe(0);
});
