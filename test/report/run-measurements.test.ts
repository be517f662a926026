import { describe, expect, test } from 'vitest';
import { measurementsOf, type RunSeries } from '../../report/run-measurements.ts';

const start = Date.parse('2026-07-24T14:00:00.000Z');
const points = (...values: number[]) => values.map((value, at) => ({ atMs: start + at * 60_000, value }));
const noPath = { reads: [], errors: [], p50: [], p95: [], p99: [] };
const nothing: RunSeries = {
  intervalSeconds: 60,
  rowsWalked: [],
  batchRows: [],
  blockedSessions: [],
  invocations: [],
  gbSeconds: [],
  dataApiRequests: [],
  old: noPath,
  new: noPath,
  aurora: [{ name: 'CPU', unit: '%', points: [] }],
};
const iso = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

test('a series that nobody published was not measured', () => {
  const { users, latency, reads, blockedSessions, database, usage } = measurementsOf(nothing);
  for (const part of [users, latency, reads, blockedSessions, database, usage])
    expect(part).toEqual({ notMeasured: expect.any(String) });
});

test('reads are added up by path, and a minute without a datapoint has no latency', () => {
  const measured = measurementsOf({
    ...nothing,
    old: { ...noPath, reads: points(100, 50), errors: points(0, 1), p95: points(4, 6) },
    new: { ...noPath, reads: points(0, 50).slice(1), p95: points(0, 5).slice(1) },
  });
  expect(measured.users).toEqual({
    of: 'reads',
    total: 200,
    failed: 1,
    lostWrites: null,
    p95BeforeMs: 6,
    p95DuringMs: 5,
  });
  expect(measured.reads).toMatchObject({
    old: 150,
    new: 50,
    points: [
      { at: iso(0), old: 100, new: 0 },
      { at: iso(1), old: 50, new: 50 },
    ],
  });
  expect(measured.latency).toMatchObject({
    lines: [
      { name: 'reads on the old path', points: [{ p95: 4, p50: null }, { p95: 6 }] },
      { name: 'reads on the new path', points: [{ at: iso(1), p95: 5 }] },
    ],
  });
});

describe('the course of a backfill', () => {
  const phases = [
    { name: 'backfill', from: iso(0.5), to: iso(2) },
    { name: 'verify', from: iso(2), to: iso(5) },
  ] as const;

  test('leaves out the rows that comparisons walked', () => {
    const { backfillCourse } = measurementsOf({
      ...nothing,
      rowsWalked: points(600, 1200, 1800, 9e9, 9e9),
      batchRows: points(10, 20),
    });
    expect(backfillCourse([...phases])).toEqual({
      intervalSeconds: 60,
      points: [
        { at: iso(0), rowsPerSecond: 10, batchRows: 10 },
        { at: iso(1), rowsPerSecond: 20, batchRows: 20 },
        { at: iso(2), rowsPerSecond: 30, batchRows: null },
      ],
    });
  });

  test('is empty where no backfill was entered', () => {
    expect(measurementsOf({ ...nothing, rowsWalked: points(1) }).backfillCourse([]).points).toEqual([]);
  });
});
