import { Aws, Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  CustomWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  MathExpression,
  Metric,
  Stats,
  TextWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ApplicationMetric } from '../../lambdas/runtime/metric-names.ts';
import type { Limits } from '../config.ts';
import { application, eachMigration, ownMetric, type WatchedTarget } from './guardrail-alarms.ts';
import type { MachineArns } from './machine-arns.ts';
import type { MachineName } from './machine-permissions.ts';

export interface DashboardProps {
  readonly prefix: string;
  readonly targets: readonly WatchedTarget[];
  readonly limits: Limits;
  readonly alarms: readonly IAlarm[];
  readonly machines: Readonly<Record<MachineName, MachineArns>>;
  readonly runbook: string;
  /** ARN of the function that draws the table of migrations. */
  readonly migrationsTable: string;
}

/** One page for whoever watches migrations: of each target how far, how fast, how well, and what guards it. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const made = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.prefix,
      defaultInterval: Duration.hours(3),
    });
    this.dashboard = made;
    made.addWidgets(links(props), alarmStates(props));
    made.addWidgets(migrationsTable(props));
    for (const watched of props.targets) {
      made.addWidgets(heading(watched));
      made.addWidgets(...progress(watched));
      made.addWidgets(...rowsAtFault(watched));
      made.addWidgets(...reads(watched, props.limits));
      made.addWidgets(...databaseHealth(watched));
    }
  }
}

const consoleLink = (text: string, machine: string): string =>
  `[${text}](https://${Aws.REGION}.console.aws.amazon.com/states/home?region=${Aws.REGION}#/statemachines/view/${machine})`;

const links = ({ machines, runbook }: DashboardProps): IWidget =>
  new TextWidget({
    width: 12,
    height: 4,
    markdown: [
      '# Underpin',
      `${consoleLink('Migrations', machines.migration.machine)} · ${consoleLink('Comparisons', machines.verify.machine)} · ${consoleLink('Gates', machines.gate.machine)}`,
      `To decide a gate, start an execution of ${consoleLink('decide', machines.decide.machine)}; breaches are answered by ${consoleLink('breach', machines.breach.machine)}`,
      `What to do when an alarm is on: ${runbook}`,
    ].join('\n\n'),
  });

/** Drawn by a function with the rights of whoever looks, when the dashboard is refreshed and at no other time: it asks the databases. */
const migrationsTable = ({ migrationsTable: functionArn, targets }: DashboardProps): IWidget =>
  new CustomWidget({
    title: 'Migrations: phase and open gate',
    functionArn,
    width: 24,
    height: Math.min(20, 2 + 4 * targets.length),
    updateOnRefresh: true,
    updateOnResize: false,
    updateOnTimeRangeChange: false,
  });

const heading = ({ target }: WatchedTarget): IWidget =>
  new TextWidget({ width: 24, height: 1, markdown: `## ${target}` });

const alarmStates = ({ alarms }: DashboardProps): IWidget =>
  new AlarmStatusWidget({ title: 'Guardrails', alarms: [...alarms], width: 12, height: 4 });

const graph = (title: string, left: readonly IMetric[], more: object = {}): IWidget =>
  new GraphWidget({ title, left: [...left], width: 8, height: 6, liveData: true, ...more });

const progress = (watched: WatchedTarget): readonly IWidget[] => [
  graph('Backfill done, %', [eachMigration(watched, 'PercentDone', 'Maximum')], {
    leftYAxis: { min: 0, max: 100 },
  }),
  graph('Rows a minute', [eachMigration(watched, 'RowsWalked', 'Sum')], { leftYAxis: { min: 0 } }),
  graph('Seconds left', [eachMigration(watched, 'SecondsLeft', 'Minimum')], { leftYAxis: { min: 0 } }),
];

const rowsAtFault = (watched: WatchedTarget): readonly IWidget[] => [
  graph('Stubborn rows', [eachMigration(watched, 'StubbornRows', 'Maximum')], { leftYAxis: { min: 0 } }),
  graph(
    'Rows that differ',
    [eachMigration(watched, 'Mismatches', 'Maximum'), eachMigration(watched, 'RowsToRepair', 'Maximum')],
    { leftYAxis: { min: 0 } },
  ),
  graph('Seconds without progress', [ownMetric(watched, 'SecondsWithoutProgress', Stats.MAXIMUM)], {
    leftYAxis: { min: 0 },
  }),
];

const limit = (value: number): object => ({ leftAnnotations: [{ value, label: 'rolls back' }] });

/** One line for each migration whose application publishes the metric; where `path` is said, for each path. */
const eachReader = (
  { applicationNamespace, target }: WatchedTarget,
  name: ApplicationMetric,
  dimensions: 'migration' | 'migration,path',
): IMetric =>
  new MathExpression({
    expression: `SEARCH('{${applicationNamespace},target,${dimensions}} target="${target}" MetricName="${name}"', 'Sum', 60)`,
    usingMetrics: {},
    label: dimensions
      .split(',')
      .map((dimension) => `\${PROP('Dim.${dimension}')}`)
      .join(' '),
    period: Duration.minutes(1),
  });

function reads(watched: WatchedTarget, limits: Limits): readonly IWidget[] {
  const named = (name: ApplicationMetric) => application(watched, name, Stats.AVERAGE);
  return [
    graph('Reads by path', [eachReader(watched, 'Reads', 'migration,path')], {
      right: [eachMigration(watched, 'ReadShare', 'Maximum')],
      rightYAxis: { min: 0, max: 100, label: '% asked for' },
    }),
    graph('Failed reads on the new path, of 1', [named('ReadErrorRate')], limit(limits.readErrorRate)),
    graph('p95: new path over old path', [named('ReadLatencyRatio')], limit(limits.readLatencyRatio)),
    graph('Processes that left the new path, of 1', [named('BreakerOpen')], limit(limits.breakersOpen)),
    graph('Answers compared, and those that differed', [
      eachReader(watched, 'Comparisons', 'migration'),
      eachReader(watched, 'ComparisonMismatches', 'migration'),
    ]),
    graph('Writes that only one side has', [eachReader(watched, 'PartialWrites', 'migration')]),
  ];
}

function databaseHealth(watched: WatchedTarget): readonly IWidget[] {
  const aurora = (metricName: string, statistic: string, role?: 'WRITER'): IMetric =>
    new Metric({
      namespace: 'AWS/RDS',
      metricName,
      statistic,
      period: Duration.minutes(1),
      dimensionsMap: {
        DBClusterIdentifier: watched.clusterIdentifier,
        ...(role === undefined ? {} : { Role: role }),
      },
    });
  return [
    graph('Replica lag, ms', [aurora('AuroraReplicaLagMaximum', Stats.MAXIMUM)]),
    graph('Load of the writer, % and connections', [aurora('CPUUtilization', Stats.AVERAGE, 'WRITER')], {
      right: [aurora('DatabaseConnections', Stats.MAXIMUM, 'WRITER')],
    }),
    graph('Commit latency, ms, and waiting sessions', [aurora('CommitLatency', Stats.AVERAGE, 'WRITER')], {
      right: [
        ownMetric(watched, 'BlockedSessions', Stats.MAXIMUM),
        aurora('Deadlocks', Stats.AVERAGE, 'WRITER'),
      ],
    }),
  ];
}
