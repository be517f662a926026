import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { CloudWatchError, invalidCombination, invalidValue } from './cloudwatch-error.ts';
import {
  checkDatum,
  dimensionsField,
  namespaceField,
  parseInput,
  periodField,
  putMetricDataInput,
  timeField,
  unitField,
} from './metric-input.ts';
import { metricDataQuery, seriesOf } from './metric-query.ts';
import { floor, type MetricStore } from './metric-store.ts';
import type { Operation } from './operation.ts';
import { statisticOf } from './statistics.ts';

const getMetricDataInput = z.strictObject({
  MetricDataQueries: z.array(metricDataQuery).min(1).max(500),
  StartTime: timeField,
  EndTime: timeField,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
  MaxDatapoints: z.int().positive().max(100_800).default(100_800),
});

const getMetricStatisticsInput = z.strictObject({
  Namespace: namespaceField,
  MetricName: z.string(),
  Dimensions: dimensionsField.default([]),
  StartTime: timeField,
  EndTime: timeField,
  Period: periodField,
  Statistics: z.array(z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'])).default([]),
  ExtendedStatistics: z.array(z.string()).default([]),
  Unit: unitField.optional(),
});

/** `afterPut` runs when the values of a request are stored, before it is answered. */
export function metricOperations(
  store: MetricStore,
  clock: Clock,
  afterPut: () => void,
): Readonly<Record<'PutMetricData' | 'GetMetricData' | 'GetMetricStatistics', Operation>> {
  return {
    PutMetricData: (input) => {
      const { Namespace, MetricData } = parseInput(putMetricDataInput, input);
      const now = clock.now();
      for (const datum of MetricData) checkDatum(datum, now);
      for (const datum of MetricData) store.put(Namespace, datum, now);
      afterPut();
      return {};
    },
    GetMetricData: (input) => getMetricData(store, parseInput(getMetricDataInput, input)),
    GetMetricStatistics: (input) => getMetricStatistics(store, parseInput(getMetricStatisticsInput, input)),
  };
}

function getMetricData(store: MetricStore, input: z.infer<typeof getMetricDataInput>): unknown {
  const series = seriesOf(store, input.MetricDataQueries).filter((it) => it.isReturned);
  const results = series.map((one) => {
    const { id, label, period } = one;
    const points = startsOf(input.StartTime, input.EndTime, period).flatMap((start) => {
      const value = one.at(start);
      return value === undefined ? [] : [{ start, value }];
    });
    const ordered = input.ScanBy === 'TimestampAscending' ? points : points.toReversed();
    return {
      Id: id,
      Label: label,
      Timestamps: ordered.map((it) => new Date(it.start)),
      Values: ordered.map((it) => it.value),
      StatusCode: 'Complete',
    };
  });
  const total = results.reduce((sum, it) => sum + it.Values.length, 0);
  if (total > input.MaxDatapoints)
    throw new CloudWatchError('LimitExceededFault', `${total} datapoints: the rehearsal gives one page only`);
  return { MetricDataResults: results, Messages: [] };
}

function getMetricStatistics(store: MetricStore, input: z.infer<typeof getMetricStatisticsInput>): unknown {
  const { Namespace, MetricName, Dimensions, Period, Statistics, ExtendedStatistics, Unit } = input;
  if (Statistics.length > 0 === ExtendedStatistics.length > 0)
    throw invalidCombination('Give either Statistics or ExtendedStatistics');
  const wanted = [...Statistics, ...ExtendedStatistics].map((name) => {
    const statistic = statisticOf(name);
    if (statistic === undefined) throw invalidValue(`Unknown statistic ${name}`);
    return { name, statistic };
  });
  const starts = startsOf(input.StartTime, input.EndTime, Period);
  if (starts.length > 1440) throw invalidCombination(`${starts.length} datapoints are more than 1,440`);
  const Datapoints = starts.flatMap((start) => {
    const samples = store.between({ Namespace, MetricName, Dimensions }, start, start + Period * 1000, Unit);
    const first = samples[0];
    if (first === undefined) return [];
    const values = Object.fromEntries(wanted.map(({ name, statistic }) => [name, statistic(samples)]));
    const shown = Statistics.length > 0 ? values : { ExtendedStatistics: values };
    return [{ Timestamp: new Date(start), Unit: first.unit, ...shown }];
  });
  return { Label: MetricName, Datapoints };
}

/** The starts of the periods from the one that holds `from` to before `to`. */
function startsOf(from: number, to: number, period: number): readonly number[] {
  if (to <= from) throw invalidValue('EndTime must be after StartTime');
  const step = period * 1000;
  const first = floor(from, step);
  return Array.from({ length: Math.ceil((to - first) / step) }, (_, index) => first + index * step);
}
