import type { Spec } from '../../engine/spec/spec.ts';
import { outcomeOf, type Status } from '../../report/outcome.ts';
import type { Backfill, Fact, Mark, Measured, Pass, Report, Users } from '../../report/report.ts';
import { isMeasured } from '../../report/report.ts';
import { duration } from '../../report/wording.ts';
import { nodeOfHandlers } from './node-of-handlers.ts';
import type { RehearsalResult } from './result.ts';
import { latencyOf, lockWaitsOf, readsOf } from './traffic-courses.ts';
import type { TrafficSnapshot } from '../traffic/measurements.ts';
import type { BackfillSample } from './watch.ts';
import type { Window } from './windows.ts';

/** What a rehearsal has seen and a real run cannot. */
export interface RehearsalSeen {
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
export function rehearsedReport(writtenThen: Report, seen: RehearsalSeen): Report {
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

/** The course of the backfill between the moments at which the ledger was looked at. */
function backfillOf(
  written: Measured<Backfill>,
  { course: samples, result, spec }: RehearsalSeen,
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
