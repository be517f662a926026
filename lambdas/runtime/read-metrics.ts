import {
  GetMetricDataCommand,
  type CloudWatchClient,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { heard } from './aws-errors.ts';
import type { applicationMetrics } from './metric-names.ts';

const day = 86_400;

/** Reads by path, as the application has reported them. */
export interface ReadsCounted {
  readonly old: number;
  readonly new: number;
  /** Of the old path, from the first whole period on. */
  readonly oldLately: number;
  /** Seconds of one datapoint. */
  readonly period: number;
}

/** The application's own metric of its reads. */
export class ReadMetrics {
  constructor(
    private readonly client: CloudWatchClient,
    private readonly namespace: string,
  ) {}

  /** Sums of the metric `Reads` from a moment until now. Raises TransientAwsError or what CloudWatch raised. */
  async count(migration: string, from: Date, until: Date): Promise<ReadsCounted> {
    const seconds = (until.getTime() - from.getTime()) / 1000;
    const period = periodOf(seconds);
    const queries = (['old', 'new'] as const).map((path) => this.query(migration, path, period));
    const points = await this.points(queries, { from: rounded(from, period), until });
    const sum = (id: string, since = 0): number =>
      points
        .filter((point) => point.id === id && point.at >= since)
        .reduce((total, { value }) => total + value, 0);
    // The first period began before the window did; it is also what agents need to hear of the flag.
    const firstWhole = Math.ceil(from.getTime() / 1000 / period) * period * 1000;
    return { old: sum('old'), new: sum('new'), oldLately: sum('old', firstWhole), period };
  }

  private query(migration: string, path: 'old' | 'new', period: number): MetricDataQuery {
    const name: keyof typeof applicationMetrics = 'Reads';
    return {
      Id: path,
      MetricStat: {
        Metric: {
          Namespace: this.namespace,
          MetricName: name,
          Dimensions: [
            { Name: 'migration', Value: migration },
            { Name: 'path', Value: path },
          ],
        },
        Period: period,
        Stat: 'Sum',
      },
    };
  }

  private async points(
    MetricDataQueries: MetricDataQuery[],
    { from, until }: { readonly from: Date; readonly until: Date },
  ): Promise<readonly { readonly id: string; readonly at: number; readonly value: number }[]> {
    const found: { readonly id: string; readonly at: number; readonly value: number }[] = [];
    let next: string | undefined;
    do {
      const page = await heard(
        this.client.send(
          new GetMetricDataCommand({ MetricDataQueries, StartTime: from, EndTime: until, NextToken: next }),
        ),
      );
      for (const { Id: id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
        found.push(
          ...Timestamps.map((time, index) => ({ id, at: time.getTime(), value: Values[index] ?? 0 })),
        );
      next = page.NextToken;
    } while (next !== undefined);
    return found;
  }
}

const rounded = (time: Date, period: number): Date =>
  new Date(Math.floor(time.getTime() / 1000 / period) * period * 1000);

// CloudWatch keeps seconds for three hours, minutes for 15 days, five minutes for 63. A window of some minutes is a
// rehearsal's, and needs a metric of high resolution; over days a finer period would only be more to read.
function periodOf(seconds: number): number {
  if (seconds <= 900) return 1;
  if (seconds <= day) return 60;
  return seconds <= 15 * day ? 300 : 3600;
}
