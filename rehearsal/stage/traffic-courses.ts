import type { Latency, LockWaits, Reads } from '../../report/report.ts';
import { labelsBefore } from './baseline.ts';
import type { RehearsalResult } from './result.ts';
import { mergedLatencies, percentiles } from '../traffic/latencies.ts';
import type { TrafficSecond, TrafficSnapshot } from '../traffic/measurements.ts';

// What the traffic of a rehearsal has measured, second by second, as sections of its report.

const iso = (ms: number): string => new Date(ms).toISOString();

export function latencyOf(
  { startedMs, series, labels }: TrafficSnapshot,
  shown: Span,
  { traffic }: RehearsalResult,
): Latency {
  const baseline = traffic.p95BaselineMs === null ? undefined : labels['baseline'];
  const during = Object.entries(labels).filter(([label]) => !labelsBefore.has(label));
  return {
    source: 'Measured by the traffic from the moment at which a request should have been sent',
    intervalSeconds: 1,
    lines: [
      {
        name: 'All requests',
        before: baseline === undefined ? null : percentiles(baseline.latencies),
        during:
          during.length === 0
            ? null
            : percentiles(mergedLatencies(during.map(([, { latencies }]) => latencies))),
        points: everySecond(series, startedMs, shown, (at, second) => ({
          at,
          requests: second?.requests ?? 0,
          failed: second?.failed ?? 0,
          // In a second without an answer there is no latency, which is not one of zero.
          p50: answered(second)?.p50 ?? null,
          p95: answered(second)?.p95 ?? null,
          p99: answered(second)?.p99 ?? null,
        })),
      },
    ],
  };
}

const answered = (second: TrafficSecond | undefined): TrafficSecond | undefined =>
  second !== undefined && second.requests > 0 ? second : undefined;

/** Between which times a report shows the traffic. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * One point for each whole second of a time, also for those in which nothing came back. Of a second that the time only
 * begins or ends in, the counts would be too low.
 */
function everySecond<P>(
  series: readonly TrafficSecond[],
  startedMs: number,
  { fromMs, toMs }: Span,
  point: (at: string, second: TrafficSecond | undefined) => P,
): P[] {
  const bySecond = new Map(series.map((second) => [second.second, second]));
  const first = Math.max(0, Math.ceil((fromMs - startedMs) / 1000));
  const last = Math.min(Math.max(-1, ...bySecond.keys()), Math.floor((toMs - startedMs) / 1000) - 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    point(iso(startedMs + (first + at) * 1000), bySecond.get(first + at)),
  );
}

export const readsOf = ({ startedMs, series, reads }: TrafficSnapshot, shown: Span): Reads => ({
  source: 'Counted by the traffic',
  intervalSeconds: 1,
  old: reads.old,
  new: reads.new,
  points: everySecond(series, startedMs, shown, (at, second) => ({
    at,
    old: second?.reads.old ?? 0,
    new: second?.reads.new ?? 0,
  })),
});

export const lockWaitsOf = (
  { startedMs, series, lockWaits }: TrafficSnapshot,
  shown: Span,
  limitMs: number,
): LockWaits => ({
  source: `Waits of the traffic's sessions, sampled from ${lockWaits.from} every ${lockWaits.resolutionMs} ms`,
  longestMs: lockWaits.longestMs,
  limitMs,
  byPhase: Object.entries(lockWaits.longestMsByLabel)
    .filter(([label]) => label !== 'warm-up')
    .map(([phase, longestMs]) => ({ phase, longestMs })),
  points: everySecond(series, startedMs, shown, (at, second) => ({
    at,
    longestMs: second?.longestLockWaitMs ?? 0,
  })),
});
