import { expect, test } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { isMeasured, parseReport, reportJson, type Measured } from '../../../report/report.ts';
import { rehearsedReport, type RehearsalSeen } from '../../../rehearsal/stage/rehearsed-report.ts';
import type { TrafficSecond, TrafficSnapshot } from '../../../rehearsal/traffic/measurements.ts';
import { after, sampleReport } from '../../report/sample-report.ts';

const spec = parseSpec(
  'goal: Rename\ntable: public.users\nchange: { kind: rename-column, from: email, to: email_address }\n',
  'rename-users-email.yaml',
);

const startedMs = Date.parse(after(-8));
const second = (at: number, requests: number): TrafficSecond => ({
  second: at,
  requests,
  failed: 0,
  p50: 1,
  p95: 2,
  p99: 3,
  reads: { old: requests, new: 0 },
  longestLockWaitMs: at === 9 ? 33 : 0,
});
const snapshot: TrafficSnapshot = {
  startedMs,
  requests: 300,
  failed: 0,
  reads: { old: 300, new: 0 },
  writes: { old: 0, new: 0, both: 0 },
  labels: {},
  // Nothing came back in second 20; the traffic went on for a second after the execution.
  series: [
    ...Array.from({ length: 20 }, (_, at) => second(at, 10)),
    ...Array.from({ length: 15 }, (_, at) => second(21 + at, 10)),
  ],
  recentP95: 2,
  failures: [],
  lockWaits: {
    longestMs: 33,
    longestMsByLabel: { 'warm-up': 80, backfill: 33 },
    waitedMsByLabel: { 'warm-up': 100, backfill: 50 },
    resolutionMs: 50,
    from: 'pg_locks',
  },
  notes: [],
};

const seen: RehearsalSeen = {
  spec,
  windows: [
    { key: 'reads.bake', declaredSeconds: 600, rehearsedSeconds: 2 },
    { key: 'confidence.window', declaredSeconds: 6, rehearsedSeconds: 6 },
  ],
  result: {
    migration: 'rename-users-email',
    outcome: 'completed',
    node: 'v20.20.2',
    phases: [],
    backfill: { rows: 200, batches: 4, workers: 2, rowsPerSecond: 100 },
    verification: { checked: 200, mismatches: 0 },
    traffic: {
      requests: 300,
      failed: 0,
      failedBefore: 0,
      lostWrites: 0,
      p95BaselineMs: 2,
      p95DuringMs: 3,
      longestLockWaitMs: 33,
    },
    history: { events: 1, executions: 1, parentEvents: 1 },
  },
  notes: [],
  traffic: snapshot,
  baselineFromMs: startedMs + 1500,
  course: [
    { atMs: startedMs + 10_000, rows: 0, batches: 0 },
    { atMs: startedMs + 10_200, rows: 100, batches: 1 },
    { atMs: startedMs + 10_400, rows: 200, batches: 4 },
  ],
  passes: [],
  marks: [{ at: after(1), kind: 'event', says: 'The old version of the application was retired' }],
};

const measured = <T extends object>(part: T) => {
  if (!isMeasured(part)) throw new Error('not measured');
  return part;
};

test('the seconds of the traffic are whole, after the warm-up and within the execution', () => {
  const { latency, reads } = rehearsedReport(sampleReport(), seen);
  const points = measured(latency).lines[0]?.points ?? [];
  expect([points[0]?.at, points.at(-1)?.at]).toEqual([after(-6), after(24)]);
  expect(measured(reads).points).toHaveLength(points.length);
});

test('in a second in which nothing was answered there were no requests, and no latency of zero', () => {
  const points = measured(rehearsedReport(sampleReport(), seen).latency).lines[0]?.points ?? [];
  expect(points.find(({ at }) => at === after(12))).toMatchObject({
    requests: 0,
    p50: null,
    p95: null,
    p99: null,
  });
});

test('lock waits of the warm-up are not those of the migration', () => {
  expect(measured(rehearsedReport(sampleReport(), seen).lockWaits)).toMatchObject({
    longestMs: 33,
    byPhase: [{ phase: 'backfill', longestMs: 33 }],
  });
});

test('the course of the backfill is what the ledger moved between two looks', () => {
  expect(measured(rehearsedReport(sampleReport(), seen).backfill).points).toEqual([
    { at: after(2.2), rowsPerSecond: 500, batchRows: 100 },
    { at: after(2.4), rowsPerSecond: 500, batchRows: 33 },
  ]);
});

test('comparisons that went with a removed shape are reported from memory, once', () => {
  const report = sampleReport();
  const pass = {
    name: 'verify-1',
    kind: 'verify',
    from: after(3),
    to: after(4),
    rows: 7,
    changed: 0,
    finished: true,
  } as const;
  const gone = rehearsedReport({ ...report, verification: { passes: [] } }, { ...seen, passes: [pass] });
  expect(gone.verification).toEqual({ passes: [pass] });
  const standing = rehearsedReport(report, { ...seen, passes: [pass] });
  expect(measured(standing.verification).passes.filter(({ name }) => name === 'verify-1')).toHaveLength(1);
});

test('without traffic nothing is said of users', () => {
  const { users, latency, reads, lockWaits, outcome } = rehearsedReport(sampleReport(), {
    ...seen,
    traffic: undefined,
  });
  const parts: readonly Measured<object>[] = [users, latency, reads, lockWaits];
  for (const part of parts) expect(part).toEqual({ notMeasured: 'the rehearsal had no traffic' });
  expect(outcome.noticed).toBe('What users noticed was not measured: the rehearsal had no traffic.');
});

test('shortened windows are reported with what they are instead of, and the whole is a report', () => {
  const report = rehearsedReport(sampleReport({ kind: 'run' }), seen);
  expect(report.ticket.settings.at(-1)).toEqual({
    name: 'Shortened',
    value: 'reads.bake 2 s instead of 10 min',
  });
  expect(report.ticket.settings.at(-2)).toEqual({
    name: 'Handlers ran on',
    value: 'Node v20.20.2, on AWS on Node 24',
  });
  expect(parseReport(reportJson(report))).toEqual(report);
  expect(report.kind).toBe('rehearsal');
});
