import { CloudWatchClient, GetMetricDataCommand, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { callAws } from './aws-errors.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';

export interface MetricWanted {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Sum`, `Maximum`, `p95`, … */
  readonly statistic: string;
}

export interface Datapoint {
  readonly atMs: number;
  readonly value: number;
}

export interface MetricPeriod {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodSeconds: number;
}

/** What CloudWatch has stored of metrics. */
export class MetricHistory {
  constructor(private readonly client: CloudWatchClient) {}

  /** Gives the datapoints of each metric, oldest first, by the caller's own name for it. Raises TransientAwsError. */
  async read<Name extends string>(
    wanted: Readonly<Record<Name, MetricWanted>>,
    { fromMs, toMs, periodSeconds }: MetricPeriod,
  ): Promise<(name: Name) => readonly Datapoint[]> {
    const names = Object.keys(wanted).filter((name): name is Name => name in wanted);
    const found = new Map<string, Datapoint[]>(names.map((_, at) => [`m${at}`, []]));
    let next: string | undefined;
    do {
      const page: { MetricDataResults?: MetricDataResult[] | undefined; NextToken?: string | undefined } =
        await callAws(
          this.client.send(
            new GetMetricDataCommand({
              // A period that has begun has its values under its own start.
              StartTime: new Date(Math.floor(fromMs / (periodSeconds * 1000)) * periodSeconds * 1000),
              EndTime: new Date(toMs),
              ScanBy: 'TimestampAscending',
              MetricDataQueries: names.map((name, at) => queryOf(`m${at}`, wanted[name], periodSeconds)),
              ...(next === undefined ? {} : { NextToken: next }),
            }),
          ),
        );
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
        for (const [at, time] of Timestamps.entries())
          found.get(Id)?.push({ atMs: time.getTime(), value: Values[at] ?? 0 });
      next = page.NextToken;
    } while (next !== undefined);
    return (name) => found.get(`m${names.indexOf(name)}`) ?? [];
  }
}

const queryOf = (Id: string, { namespace, metric, dimensions, statistic }: MetricWanted, period: number) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: period,
    Stat: statistic,
  },
});

const minute = 60;
const hour = 3600;
const day = 24 * hour;
const mostPoints = 1400;

/**
 * The period to ask for, in seconds: few enough points for a page, and not finer than what CloudWatch still has
 * (a minute for 15 days, five minutes for 63, an hour for 455).
 */
export function periodFor(fromMs: number, toMs: number, nowMs: number): number {
  const ageSeconds = (nowMs - fromMs) / 1000;
  const kept = ageSeconds > 63 * day ? hour : ageSeconds > 15 * day ? 5 * minute : minute;
  const fits = Math.ceil((toMs - fromMs) / 1000 / mostPoints / kept) * kept;
  return Math.max(kept, fits);
}

export const metricHistory = once(() => new MetricHistory(tracedClient(new CloudWatchClient())));
