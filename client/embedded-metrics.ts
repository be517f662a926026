import type { Report } from './measurements.ts';
import { metricUnits, type MetricName } from './metric-names.ts';
import type { Path } from './paths.ts';

export interface Published {
  readonly namespace: string;
  readonly migration: string;
  /** The database that it migrates. */
  readonly target: string;
  /** 1: CloudWatch keeps the seconds; 60: minutes. */
  readonly resolution: 1 | 60;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Of this process: undefined when nobody could take the new path anyway. */
  readonly breakerOpen: boolean | undefined;
}

type Values = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;
interface Group {
  readonly dimensions: readonly (readonly string[])[];
  readonly values: Values;
}

/** A report as lines of the embedded metric format, from which CloudWatch Logs makes metrics. Nothing to say, no line. */
export function embeddedMetrics(report: Report, published: Published): readonly string[] {
  return [
    ...pathLine('old', report, published),
    ...pathLine('new', report, published),
    ...ownLine(report, published),
  ];
}

function pathLine(path: Path, { paths }: Report, published: Published): readonly string[] {
  const { reads, errors, latencies } = paths[path];
  if (reads === 0 && errors === 0) return [];
  const values: Values = {
    Reads: reads,
    ReadErrors: errors,
    ...(latencies.length === 0 ? {} : { ReadLatency: latencies }),
  };
  return [line(published, { path }, [{ dimensions: [['target', 'migration', 'path']], values }])];
}

function ownLine(report: Report, published: Published): readonly string[] {
  const { paths, comparisons, mismatches, partialWrites, errorRate, latencyRatio } = report;
  // Who reads nothing has no voice.
  const breakerOpen = paths.old.reads + paths.new.reads > 0 ? published.breakerOpen : undefined;
  const everywhere: Values = {
    ...(errorRate === undefined ? {} : { ReadErrorRate: errorRate }),
    ...(latencyRatio === undefined ? {} : { ReadLatencyRatio: latencyRatio }),
    ...(breakerOpen === undefined ? {} : { BreakerOpen: breakerOpen ? 1 : 0 }),
  };
  const here: Values = {
    ...(comparisons === 0 ? {} : { Comparisons: comparisons, ComparisonMismatches: mismatches }),
    ...(partialWrites === 0 ? {} : { PartialWrites: partialWrites }),
  };
  const groups: readonly Group[] = [
    // Alarms know no migrations: what they watch is published once more of the whole target.
    { dimensions: [['target'], ['target', 'migration']], values: everywhere },
    { dimensions: [['target', 'migration']], values: here },
  ];
  const told = groups.filter(({ values }) => Object.keys(values).length > 0);
  return told.length === 0 ? [] : [line(published, {}, told)];
}

function line(
  { namespace, migration, target, resolution, timestamp }: Published,
  more: Readonly<Record<string, string>>,
  groups: readonly Group[],
): string {
  const CloudWatchMetrics = groups.map(({ dimensions, values }) => ({
    Namespace: namespace,
    Dimensions: dimensions,
    Metrics: Object.keys(values).map((Name) => ({
      Name,
      Unit: isMetric(Name) ? metricUnits[Name] : 'None',
      ...(resolution === 1 ? { StorageResolution: 1 } : {}),
    })),
  }));
  const values = Object.fromEntries(groups.flatMap((group) => Object.entries(group.values)));
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics },
    target,
    migration,
    ...more,
    ...values,
  });
}

const isMetric = (name: string): name is MetricName => name in metricUnits;
