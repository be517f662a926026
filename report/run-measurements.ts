import type {
  Backfill,
  BlockedSessions,
  DatabaseLoad,
  Latency,
  Measured,
  Reads,
  TimedPhase,
  Users,
} from './report.ts';

/** What CloudWatch has of an execution; sums, maxima and percentiles of each interval, oldest first. */
export interface RunSeries {
  readonly intervalSeconds: number;
  readonly rowsWalked: readonly Datapoint[];
  readonly batchRows: readonly Datapoint[];
  readonly blockedSessions: readonly Datapoint[];
  readonly invocations: readonly Datapoint[];
  readonly gbSeconds: readonly Datapoint[];
  readonly dataApiRequests: readonly Datapoint[];
  readonly old: PathSeries;
  readonly new: PathSeries;
  readonly aurora: readonly {
    readonly name: string;
    readonly unit: string;
    readonly points: readonly Datapoint[];
  }[];
}

export interface PathSeries {
  readonly reads: readonly Datapoint[];
  readonly errors: readonly Datapoint[];
  readonly p50: readonly Datapoint[];
  readonly p95: readonly Datapoint[];
  readonly p99: readonly Datapoint[];
}

export interface Datapoint {
  readonly atMs: number;
  readonly value: number;
}

export interface RunUsage {
  readonly lambdaInvocations: number;
  readonly lambdaGbSeconds: number;
  readonly dataApiRequests: number;
}

export interface RunMeasurements {
  readonly users: Measured<Users>;
  readonly latency: Measured<Latency>;
  readonly reads: Measured<Reads>;
  readonly blockedSessions: Measured<BlockedSessions>;
  readonly database: Measured<DatabaseLoad>;
  readonly usage: Measured<RunUsage>;
  readonly backfillCourse: (phases: readonly TimedPhase[]) => Pick<Backfill, 'intervalSeconds' | 'points'>;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const noReads = 'the application published no reads to CloudWatch';

/** What the series say; a series without a datapoint was not measured. */
export function measurementsOf(series: RunSeries): RunMeasurements {
  const { intervalSeconds, blockedSessions } = series;
  return {
    users: usersOf(series),
    latency: latencyOf(series),
    reads: readsOf(series),
    blockedSessions:
      blockedSessions.length === 0
        ? { notMeasured: 'no worker published what it saw' }
        : {
            source: 'Probed by the workers once a second while they worked',
            most: Math.max(...blockedSessions.map(({ value }) => value)),
            points: blockedSessions.map(({ atMs, value }) => ({ at: iso(atMs), sessions: value })),
          },
    database: databaseOf(series),
    usage: usageOf(series),
    backfillCourse: (phases) => ({ intervalSeconds, points: courseOf(series, phases) }),
  };
}

/** Where CloudWatch did not answer: nothing was measured, and why. */
export function unmeasured(why: string): RunMeasurements {
  const none = { notMeasured: why };
  return {
    users: none,
    latency: none,
    reads: none,
    blockedSessions: none,
    database: none,
    usage: none,
    backfillCourse: () => ({ intervalSeconds: 60, points: [] }),
  };
}

const byMoment = (points: readonly Datapoint[]): ReadonlyMap<number, number> =>
  new Map(points.map(({ atMs, value }) => [atMs, value]));

const sum = (points: readonly Datapoint[]): number => points.reduce((total, { value }) => total + value, 0);

function usersOf({ old, new: fresh }: RunSeries): Measured<Users> {
  if (old.reads.length + fresh.reads.length === 0) return { notMeasured: noReads };
  return {
    of: 'reads',
    total: sum(old.reads) + sum(fresh.reads),
    failed: sum(old.errors) + sum(fresh.errors),
    lostWrites: null,
    p95BeforeMs: median(old.p95),
    p95DuringMs: median(fresh.p95),
  };
}

function median(points: readonly Datapoint[]): number | null {
  const values = points.map(({ value }) => value).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? null;
}

function latencyOf({ intervalSeconds, old, new: fresh }: RunSeries): Measured<Latency> {
  const lines = [pathLine('reads on the old path', old), pathLine('reads on the new path', fresh)].filter(
    ({ points }) => points.length > 0,
  );
  if (lines.length === 0) return { notMeasured: noReads };
  return { source: 'Measured by the application around its reads', intervalSeconds, lines };
}

function pathLine(name: string, path: PathSeries): Latency['lines'][number] {
  const [reads, errors, p50, p95, p99] = [path.reads, path.errors, path.p50, path.p95, path.p99].map(
    byMoment,
  );
  const moments = [...new Set([...path.reads, ...path.p50].map(({ atMs }) => atMs))].toSorted(
    (a, b) => a - b,
  );
  return {
    name,
    before: null,
    during: null,
    points: moments.map((atMs) => ({
      at: iso(atMs),
      requests: reads?.get(atMs) ?? null,
      failed: errors?.get(atMs) ?? null,
      p50: p50?.get(atMs) ?? null,
      p95: p95?.get(atMs) ?? null,
      p99: p99?.get(atMs) ?? null,
    })),
  };
}

function readsOf({ intervalSeconds, old, new: fresh }: RunSeries): Measured<Reads> {
  const moments = [...new Set([...old.reads, ...fresh.reads].map(({ atMs }) => atMs))].toSorted(
    (a, b) => a - b,
  );
  if (moments.length === 0) return { notMeasured: noReads };
  const [olds, news] = [byMoment(old.reads), byMoment(fresh.reads)];
  return {
    source: 'Published by the application',
    intervalSeconds,
    old: sum(old.reads),
    new: sum(fresh.reads),
    points: moments.map((atMs) => ({ at: iso(atMs), old: olds.get(atMs) ?? 0, new: news.get(atMs) ?? 0 })),
  };
}

function databaseOf({ intervalSeconds, aurora }: RunSeries): Measured<DatabaseLoad> {
  if (aurora.every(({ points }) => points.length === 0))
    return { notMeasured: 'CloudWatch has nothing of this cluster' };
  return {
    source: 'Published by Aurora',
    intervalSeconds,
    lines: aurora.map(({ name, unit, points }) => ({
      name,
      unit,
      points: points.map(({ atMs, value }) => ({ at: iso(atMs), value })),
    })),
  };
}

function usageOf({ invocations, gbSeconds, dataApiRequests }: RunSeries): Measured<RunUsage> {
  if (invocations.length === 0) return { notMeasured: 'the functions published no usage' };
  return {
    lambdaInvocations: sum(invocations),
    lambdaGbSeconds: sum(gbSeconds),
    dataApiRequests: sum(dataApiRequests),
  };
}

/** Rows are walked by comparisons too: of those that were walked, the ones of the backfill's own time. */
function courseOf(
  { rowsWalked, batchRows, intervalSeconds }: RunSeries,
  phases: readonly TimedPhase[],
): Backfill['points'] {
  const phase = phases.find(({ name }) => name === 'backfill');
  if (phase === undefined) return [];
  const [from, to] = [Date.parse(phase.from) - intervalSeconds * 1000, Date.parse(phase.to)];
  const sizes = new Map(batchRows.map(({ atMs, value }) => [atMs, value]));
  return rowsWalked
    .filter(({ atMs }) => atMs > from && atMs <= to)
    .map(({ atMs, value }) => ({
      at: iso(atMs),
      rowsPerSecond: value / intervalSeconds,
      batchRows: sizes.get(atMs) ?? null,
    }));
}
