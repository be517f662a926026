import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  applicationMetrics,
  underpinNamespace,
  type UnderpinMetric,
} from '../../lambdas/runtime/metric-names.ts';
import type { GuardrailName } from '../../lambdas/runtime/guardrail-names.ts';
import type { Limits } from '../config.ts';
import type { MigratedDatabase } from './target.ts';

/** One alarm of a target that rolls back: what it says is on, its metric, and for how many of how many minutes. */
export interface GuardrailAlarm {
  /** Its name after the prefix and the target, and its heading in docs/runbook.md. */
  readonly name: GuardrailName;
  readonly says: string;
  readonly metric: IMetric;
  readonly above: number;
  readonly minutes: readonly [bad: number, of: number];
}

export interface WatchedTarget {
  readonly prefix: string;
  readonly target: string;
  readonly engine: MigratedDatabase['engine'];
  readonly clusterIdentifier: string;
  readonly applicationNamespace: string;
}

const minute = Duration.minutes(1);

/** A metric that Aurora publishes of the cluster, or of its writer. */
const aurora = (
  { clusterIdentifier }: WatchedTarget,
  metricName: string,
  statistic: string,
  whose: 'cluster' | 'writer',
): IMetric =>
  new Metric({
    namespace: 'AWS/RDS',
    metricName,
    statistic,
    period: minute,
    dimensionsMap: {
      DBClusterIdentifier: clusterIdentifier,
      ...(whose === 'writer' ? { Role: 'WRITER' } : {}),
    },
  });

/** A metric of Underpin itself, over all migrations of a target. */
export const ownMetric = (
  { prefix, target }: Pick<WatchedTarget, 'prefix' | 'target'>,
  metricName: UnderpinMetric,
  statistic: string,
) =>
  new Metric({
    namespace: underpinNamespace,
    metricName,
    statistic,
    period: minute,
    dimensionsMap: { service: prefix, target },
  });

/** A metric that the application of a target publishes of its own reads. */
export const application = (
  { applicationNamespace, target }: Pick<WatchedTarget, 'applicationNamespace' | 'target'>,
  metricName: keyof typeof applicationMetrics,
  statistic: string,
): IMetric =>
  new Metric({
    namespace: applicationNamespace,
    metricName,
    statistic,
    period: minute,
    dimensionsMap: { target },
  });

/** The database's own alarms. A cluster without a reader publishes no lag, which is not a lag. */
const databaseAlarms = (watched: WatchedTarget, limits: Limits): readonly GuardrailAlarm[] => [
  {
    name: 'replica-lag',
    says: `A reader lags more than ${limits.replicaLagMs} ms behind the writer`,
    metric: aurora(watched, 'AuroraReplicaLagMaximum', Stats.MAXIMUM, 'cluster'),
    above: limits.replicaLagMs,
    minutes: [2, 3],
  },
  {
    name: 'deadlocks',
    says: `There are more than ${limits.deadlocksPerSecond} deadlocks a second`,
    metric: aurora(watched, 'Deadlocks', Stats.AVERAGE, 'writer'),
    above: limits.deadlocksPerSecond,
    minutes: [2, 3],
  },
  {
    // Of Serverless v2, CPU is measured against the largest capacity too; ACUUtilization would be 100 % where the smallest
    // is the largest, and high whenever a cluster scales for a backfill.
    name: 'database-load',
    says: `The writer's CPU is above ${limits.loadPercent} %`,
    metric: aurora(watched, 'CPUUtilization', Stats.AVERAGE, 'writer'),
    above: limits.loadPercent,
    minutes: [5, 5],
  },
  {
    name: 'commit-latency',
    says: `A commit takes more than ${limits.commitLatencyMs} ms on average`,
    metric: aurora(watched, 'CommitLatency', Stats.AVERAGE, 'writer'),
    above: limits.commitLatencyMs,
    minutes: [3, 5],
  },
  {
    name: 'connections',
    says: `The writer has more than ${limits.connections} connections`,
    metric: aurora(watched, 'DatabaseConnections', Stats.MAXIMUM, 'writer'),
    above: limits.connections,
    minutes: [3, 3],
  },
];

/** What one engine alone publishes. */
const engineAlarms = (watched: WatchedTarget, limits: Limits): readonly GuardrailAlarm[] =>
  watched.engine === 'mysql'
    ? [
        {
          name: 'history-list',
          says: `More than ${limits.historyList} versions of rows wait to be purged`,
          metric: aurora(watched, 'RollbackSegmentHistoryListLength', Stats.AVERAGE, 'writer'),
          above: limits.historyList,
          minutes: [5, 5],
        },
      ]
    : [];

const ownAlarms = (watched: WatchedTarget, limits: Limits): readonly GuardrailAlarm[] => [
  {
    name: 'blocked-sessions',
    says: `More than ${limits.blockedSessions} sessions wait for locks`,
    metric: ownMetric(watched, 'BlockedSessions', Stats.MAXIMUM),
    above: limits.blockedSessions,
    minutes: [2, 3],
  },
  {
    name: 'backfill-stalled',
    says: `A worker has finished nothing for more than ${limits.stalledSeconds} s`,
    metric: ownMetric(watched, 'SecondsWithoutProgress', Stats.MAXIMUM),
    above: limits.stalledSeconds,
    minutes: [1, 1],
  },
  {
    name: 'stubborn-rows',
    says: `More than ${limits.stubbornRows} rows refuse the change`,
    metric: ownMetric(watched, 'StubbornRows', Stats.MAXIMUM),
    above: limits.stubbornRows,
    minutes: [1, 1],
  },
  {
    name: 'mismatches',
    says: 'Rows of the two shapes differ, in a comparison that no repair follows',
    metric: ownMetric(watched, 'Mismatches', Stats.MAXIMUM),
    above: 0,
    minutes: [1, 1],
  },
];

const applicationAlarms = (watched: WatchedTarget, limits: Limits): readonly GuardrailAlarm[] => [
  {
    name: 'read-errors',
    says: `More than ${limits.readErrorRate * 100} % of the reads on the new path fail`,
    metric: application(watched, 'ReadErrorRate', Stats.AVERAGE),
    above: limits.readErrorRate,
    minutes: [1, 1],
  },
  {
    name: 'read-latency',
    says: `The new path's p95 is more than ${limits.readLatencyRatio} times the old path's`,
    metric: application(watched, 'ReadLatencyRatio', Stats.AVERAGE),
    above: limits.readLatencyRatio,
    minutes: [3, 3],
  },
  {
    name: 'breakers-open',
    says: `More than ${limits.breakersOpen * 100} % of the application's processes left the new path by themselves`,
    metric: application(watched, 'BreakerOpen', Stats.AVERAGE),
    above: limits.breakersOpen,
    minutes: [1, 1],
  },
];

/** Every alarm that rolls back, in the order of docs/runbook.md. */
export const guardrailAlarms = (watched: WatchedTarget, limits: Limits): readonly GuardrailAlarm[] => [
  ...databaseAlarms(watched, limits),
  ...engineAlarms(watched, limits),
  ...ownAlarms(watched, limits),
  ...applicationAlarms(watched, limits),
];

/** One line for each migration of a target that has published the metric. */
export const eachMigration = (
  { prefix, target }: Pick<WatchedTarget, 'prefix' | 'target'>,
  metricName: UnderpinMetric,
  statistic: string,
): IMetric =>
  new MathExpression({
    expression: `SEARCH('{${underpinNamespace},service,target,migration} service="${prefix}" target="${target}" MetricName="${metricName}"', '${statistic}', 60)`,
    usingMetrics: {},
    label: "${PROP('Dim.migration')}",
    period: minute,
  });
