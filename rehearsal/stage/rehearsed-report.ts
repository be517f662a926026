import type { Spec } from '../../engine/spec/spec.ts';
import { outcomeOf, type Status } from '../../report/outcome.ts';
import type {
  Backfill,
  Fact,
  Latency,
  LockWaits,
  Mark,
  Measured,
  Pass,
  Reads,
  Report,
  Users,
} from '../../report/report.ts';
import { isMeasured } from '../../report/report.ts';
import { duration } from '../../report/wording.ts';
import { labelsBefore } from './baseline.ts';
import { nodeOfHandlers } from './node-of-handlers.ts';
import type { RehearsalResult } from './result.ts';
import { percentiles, mergedLatencies } from '../traffic/latencies.ts';
import type { Second, TrafficSnapshot } from '../traffic/measurements.ts';
import type { BackfillSample } from './watch.ts';
import type { Window } from './windows.ts';

/** What a rehearsal has seen and a real run cannot. */
export interface Seen {
  readonly spec: Spec;
  readonly result: RehearsalResult;
  /** What a reader should know besides; not why it went back, which the report says itself. */
  readonly notes: readonly string[];
  readonly windows: readonly Window[];
  readonly traffic: TrafficSnapshot | undefined;
  /** When the traffic had warmed up. */
  readonly baselineFromMs: number;
  readonly course: readonly BackfillSample[];
  /** Comparisons that the ledger had at some time: they go with a removed shape. */
  readonly passes: readonly Pass[];
  readonly marks: readonly Mark[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * The report that the state machine wrote, as a real run's would be, with what a rehearsal knows besides: every request of
 * the application, every write, every lock wait.
 */
export function rehearsedReport(writtenThen: Report, seen: Seen): Report {
  const written = toItsEnd(writtenThen, seen.result);
  const { result, traffic, spec } = seen;
  const users = traffic === undefined ? noTraffic : usersOf(result);
  const shown = { fromMs: seen.baselineFromMs, toMs: Date.parse(written.ticket.to) };
  const { reason, status } = written.outcome;
  const phase = result.rollback?.phase ?? phaseBeforeRollback(result);
  return {
    ...written,
    kind: 'rehearsal',
    ticket: {
      ...written.ticket,
      settings: [...written.ticket.settings, handlersRanOn(result), ...windowFacts(seen.windows)],
    },
    outcome: outcomeOf({ status, phase: phaseOf(status, phase), reason, lastedMs: lasted(written) }, users),
    marks: [...written.marks, ...seen.marks].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    users,
    latency: traffic === undefined ? noTraffic : latencyOf(traffic, shown, result),
    backfill: backfillOf(written.backfill, seen),
    reads: traffic === undefined ? noTraffic : readsOf(traffic, shown),
    lockWaits: traffic === undefined ? noTraffic : lockWaitsOf(traffic, shown, spec.lockTimeoutMs),
    // Probed each minute at the most: of a rehearsal that is one point, and no course.
    blockedSessions: isMeasured(written.blockedSessions)
      ? { ...written.blockedSessions, points: [] }
      : written.blockedSessions,
    database: { notMeasured: 'a rehearsal has no Aurora' },
    verification: { passes: passesOf(written, seen.passes) },
    warnings: [...written.warnings, ...seen.notes],
  };
}

/** It was written before the execution ended; the last phase lasts until then, as the terminal says. */
function toItsEnd(written: Report, { phases: timed }: RehearsalResult): Report {
  const [last, end] = [written.phases.at(-1), timed.at(-1)];
  if (last === undefined || end === undefined || last.name !== end.name) return written;
  const to = iso(Date.parse(last.from) + end.durationMs);
  if (Date.parse(to) <= Date.parse(written.ticket.to)) return written;
  return {
    ...written,
    ticket: { ...written.ticket, to },
    phases: [...written.phases.slice(0, -1), { ...last, to }],
  };
}

const noTraffic = { notMeasured: 'the rehearsal had no traffic' };

const lasted = ({ ticket }: Report): number => Date.parse(ticket.to) - Date.parse(ticket.from);

const phaseOf = (status: Status, phase: string | null): string | null =>
  status === 'completed' ? null : phase;

const phaseBeforeRollback = ({ phases }: RehearsalResult): string | null => {
  const at = phases.findIndex(({ name }) => name === 'rollback');
  return phases[at < 0 ? phases.length - 1 : at - 1]?.name ?? null;
};

const handlersRanOn = ({ node }: RehearsalResult): Fact => ({
  name: 'Handlers ran on',
  value: `Node ${nodeOfHandlers(node)}`,
});

function windowFacts(windows: readonly Window[]): readonly Fact[] {
  const cut = windows.filter(({ declaredSeconds, rehearsedSeconds }) => declaredSeconds !== rehearsedSeconds);
  if (cut.length === 0) return [];
  const words = cut.map(
    ({ key, declaredSeconds, rehearsedSeconds }) =>
      `${key} ${duration(rehearsedSeconds * 1000)} instead of ${duration(declaredSeconds * 1000)}`,
  );
  return [{ name: 'Shortened', value: words.join('; ') }];
}

const usersOf = ({ traffic }: RehearsalResult): Users => ({
  of: 'requests',
  total: traffic.requests,
  failed: traffic.failed,
  lostWrites: traffic.lostWrites,
  p95BeforeMs: traffic.p95BaselineMs,
  p95DuringMs: traffic.p95DuringMs,
});

function latencyOf(
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

const answered = (second: Second | undefined): Second | undefined =>
  second !== undefined && second.requests > 0 ? second : undefined;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * One point for each whole second of a time, also for those in which nothing came back. Of a second that the time only
 * begins or ends in, the counts would be too low.
 */
function everySecond<P>(
  series: readonly Second[],
  startedMs: number,
  { fromMs, toMs }: Span,
  point: (at: string, second: Second | undefined) => P,
): P[] {
  const bySecond = new Map(series.map((second) => [second.second, second]));
  const first = Math.max(0, Math.ceil((fromMs - startedMs) / 1000));
  const last = Math.min(Math.max(-1, ...bySecond.keys()), Math.floor((toMs - startedMs) / 1000) - 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    point(iso(startedMs + (first + at) * 1000), bySecond.get(first + at)),
  );
}

const readsOf = ({ startedMs, series, reads }: TrafficSnapshot, shown: Span): Reads => ({
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

const lockWaitsOf = (
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

/** The course of the backfill between the moments at which the ledger was looked at. */
function backfillOf(
  written: Measured<Backfill>,
  { course: samples, result, spec }: Seen,
): Measured<Backfill> {
  const { rows, batches, rowsPerSecond } = result.backfill;
  if (batches === 0 && !isMeasured(written)) return written;
  const course = courseOf(samples);
  const shared = { intervalSeconds: 0.2, points: course };
  if (isMeasured(written)) return { ...written, ...shared };
  // The ledger's own account went with the shape.
  return {
    rows,
    batches,
    workers: spec.backfill.parallelism,
    seconds: rowsPerSecond > 0 ? rows / rowsPerSecond : 0,
    stubbornRows: null,
    ...shared,
  };
}

function courseOf(samples: readonly BackfillSample[]): Backfill['points'] {
  return samples.slice(1).flatMap((sample, at) => {
    const last = samples[at];
    if (last === undefined || sample.rows <= last.rows) return [];
    const [rows, batches] = [sample.rows - last.rows, sample.batches - last.batches];
    return [
      {
        at: iso(sample.atMs),
        rowsPerSecond: Math.round((rows * 1000) / Math.max(1, sample.atMs - last.atMs)),
        batchRows: batches > 0 ? Math.round(rows / batches) : null,
      },
    ];
  });
}

function passesOf({ verification, ticket }: Report, seen: readonly Pass[]): Pass[] {
  const written = isMeasured(verification) ? verification.passes : [];
  const known = new Set(written.map(({ name }) => name));
  const gone = seen.filter(({ name, to }) => !known.has(name) && to >= ticket.from);
  return [...written, ...gone].toSorted((a, b) => (a.from < b.from ? -1 : 1));
}
