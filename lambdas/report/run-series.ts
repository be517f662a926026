import type { Datapoint as Point, PathSeries, RunSeries } from '../../report/run-measurements.ts';
import type { ApplicationMetric, UnderpinMetric } from '../runtime/metric-names.ts';
import { underpinNamespace } from '../runtime/metric-names.ts';
import { periodFor, type MetricHistory, type MetricWanted } from '../runtime/metric-history.ts';

export interface WatchedMigration {
  readonly migration: string;
  readonly target: string;
  /** The dimension `service` of what Underpin publishes. */
  readonly service: string;
  readonly applicationNamespace: string;
  readonly clusterIdentifier: string;
}

// What Aurora publishes, and of what its writer or the cluster is asked.
const aurora = [
  {
    key: 'cpu',
    name: 'CPU of the writer',
    unit: '%',
    metric: 'CPUUtilization',
    statistic: 'Average',
    writer: true,
  },
  {
    key: 'commit',
    name: 'Commit latency',
    unit: 'ms',
    metric: 'CommitLatency',
    statistic: 'Average',
    writer: true,
  },
  {
    key: 'deadlocks',
    name: 'Deadlocks',
    unit: 'a second',
    metric: 'Deadlocks',
    statistic: 'Average',
    writer: true,
  },
  {
    key: 'lag',
    name: 'Replica lag',
    unit: 'ms',
    metric: 'AuroraReplicaLagMaximum',
    statistic: 'Maximum',
    writer: false,
  },
] as const;

/** All that the report draws of an execution, in one question to CloudWatch. Raises TransientAwsError. */
export async function runSeries(
  metricHistory: MetricHistory,
  watched: WatchedMigration,
  time: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
): Promise<RunSeries> {
  const periodSeconds = periodFor(time.fromMs, time.toMs, time.nowMs);
  const points = await metricHistory.read(
    { ...ownMetrics(watched), ...pathMetrics(watched), ...auroraMetrics(watched) },
    { fromMs: time.fromMs, toMs: time.toMs, periodSeconds },
  );
  return {
    intervalSeconds: periodSeconds,
    rowsWalked: points('RowsWalked'),
    batchRows: points('BatchRows'),
    blockedSessions: points('BlockedSessions'),
    invocations: points('Invocations'),
    gbSeconds: points('GbSeconds'),
    dataApiRequests: points('DataApiRequests'),
    old: pathSeries('old', points),
    new: pathSeries('new', points),
    aurora: aurora.map(({ key, name, unit }) => ({ name, unit, points: points(key) })),
  };
}

type OwnName = Extract<
  UnderpinMetric,
  'RowsWalked' | 'BatchRows' | 'BlockedSessions' | 'Invocations' | 'GbSeconds' | 'DataApiRequests'
>;

function ownMetrics({ migration, target, service }: WatchedMigration): Record<OwnName, MetricWanted> {
  const of = (metric: OwnName, statistic: string): MetricWanted => ({
    namespace: underpinNamespace,
    metric,
    dimensions: { service, target, migration },
    statistic,
  });
  return {
    RowsWalked: of('RowsWalked', 'Sum'),
    BatchRows: of('BatchRows', 'Average'),
    BlockedSessions: of('BlockedSessions', 'Maximum'),
    Invocations: of('Invocations', 'Sum'),
    GbSeconds: of('GbSeconds', 'Sum'),
    DataApiRequests: of('DataApiRequests', 'Sum'),
  };
}

type Path = 'old' | 'new';
type PathName = `${Path} ${keyof PathSeries}`;

const asked = {
  reads: ['Reads', 'Sum'],
  errors: ['ReadErrors', 'Sum'],
  p50: ['ReadLatency', 'p50'],
  p95: ['ReadLatency', 'p95'],
  p99: ['ReadLatency', 'p99'],
} as const satisfies Record<keyof PathSeries, readonly [ApplicationMetric, string]>;

function pathMetrics({
  migration,
  target,
  applicationNamespace: namespace,
}: WatchedMigration): Record<PathName, MetricWanted> {
  const of = (path: Path, [metric, statistic]: readonly [ApplicationMetric, string]): MetricWanted => ({
    namespace,
    metric,
    dimensions: { target, migration, path },
    statistic,
  });
  return {
    'old reads': of('old', asked.reads),
    'old errors': of('old', asked.errors),
    'old p50': of('old', asked.p50),
    'old p95': of('old', asked.p95),
    'old p99': of('old', asked.p99),
    'new reads': of('new', asked.reads),
    'new errors': of('new', asked.errors),
    'new p50': of('new', asked.p50),
    'new p95': of('new', asked.p95),
    'new p99': of('new', asked.p99),
  };
}

const pathSeries = (path: Path, points: (name: PathName) => readonly Point[]): PathSeries => ({
  reads: points(`${path} reads`),
  errors: points(`${path} errors`),
  p50: points(`${path} p50`),
  p95: points(`${path} p95`),
  p99: points(`${path} p99`),
});

type AuroraKey = (typeof aurora)[number]['key'];

function auroraMetrics({ clusterIdentifier }: WatchedMigration): Record<AuroraKey, MetricWanted> {
  const of = (wanted: AuroraKey): MetricWanted => {
    const { metric, statistic, writer } = aurora.find(({ key }) => key === wanted) ?? aurora[0];
    return {
      namespace: 'AWS/RDS',
      metric,
      dimensions: { DBClusterIdentifier: clusterIdentifier, ...(writer ? { Role: 'WRITER' } : {}) },
      statistic,
    };
  };
  return { cpu: of('cpu'), commit: of('commit'), deadlocks: of('deadlocks'), lag: of('lag') };
}
