import { z } from 'zod';
import { invalidCombination, invalidValue } from './cloudwatch-error.ts';
import { dimensionsField, namespaceField, periodField, unitField } from './metric-input.ts';
import { parseFormula } from './metric-math.ts';
import type { MetricStore } from './metric-store.ts';
import { count, percentRank, statisticOf } from './statistics.ts';

export const metricDataQuery = z.strictObject({
  Id: z.string().regex(/^[a-z]\w{0,254}$/, 'an Id starts with a lower-case letter'),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({
        Namespace: namespaceField,
        MetricName: z.string().min(1).max(255),
        Dimensions: dimensionsField.default([]),
      }),
      Period: periodField,
      Stat: z.string(),
      Unit: unitField.optional(),
    })
    .optional(),
  Expression: z.string().min(1).max(2048).optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
  Period: periodField.optional(),
});
export type MetricDataQuery = z.infer<typeof metricDataQuery>;
export type MetricStat = NonNullable<MetricDataQuery['MetricStat']>;

/** A query ready to be asked for one period after another. */
export type Series = {
  readonly id: string;
  readonly label: string;
  readonly isReturned: boolean;
  /** Seconds. */
  readonly period: number;
  /** The datapoint of the period that starts at `start` (ms). */
  at(start: number): number | undefined;
  /** Enough samples for its percentile to mean something; always true for other statistics. */
  hasEnoughSamples(start: number): boolean;
};

/** @throws CloudWatchError for queries that contradict themselves or ask for what is not imitated */
export function seriesOf(store: MetricStore, queries: readonly MetricDataQuery[]): readonly Series[] {
  if (new Set(queries.map((it) => it.Id)).size < queries.length)
    throw invalidValue('Two queries have one Id');
  const known = new Map<string, Series>();
  for (const query of queries)
    if (query.MetricStat !== undefined && query.Expression === undefined)
      known.set(query.Id, metricSeries(store, query, query.MetricStat));
    else if (query.MetricStat !== undefined || query.Expression === undefined)
      throw invalidCombination(`${query.Id}: give either MetricStat or Expression`);
  for (const query of queries)
    if (query.Expression !== undefined) known.set(query.Id, formulaSeries(query, query.Expression, known));
  return queries.flatMap((query) => known.get(query.Id) ?? []);
}

function metricSeries(store: MetricStore, query: MetricDataQuery, wanted: MetricStat): Series {
  const { Metric, Period, Stat, Unit } = wanted;
  const statistic = statisticOf(Stat);
  if (statistic === undefined)
    throw invalidValue(`The rehearsal's CloudWatch does not know the statistic ${Stat}`);
  const samples = (start: number) => store.between(Metric, start, start + Period * 1000, Unit);
  const rank = percentRank(Stat);
  return {
    id: query.Id,
    label: query.Label ?? Metric.MetricName,
    isReturned: query.ReturnData,
    period: Period,
    at: (start) => statistic(samples(start)),
    hasEnoughSamples: (start) => rank === undefined || count(samples(start)) >= samplesNeeded(rank),
  };
}

/** As documented for EvaluateLowSampleCountPercentile. */
function samplesNeeded(rank: number): number {
  const share = rank / 100;
  return share >= 0.5 ? 10 / (1 - share) : 10 / share;
}

/** An expression reads metrics; expressions of expressions are not imitated. */
function formulaSeries(query: MetricDataQuery, text: string, metrics: ReadonlyMap<string, Series>): Series {
  const formula = parseFormula(text);
  const read = formula.ids.map((id) => {
    const series = metrics.get(id);
    if (series === undefined) throw invalidValue(`Expression "${text}": no metric has the Id ${id}`);
    return series;
  });
  const [first, ...others] = read;
  if (first === undefined) throw invalidValue(`Expression "${text}" reads no metric`);
  if (others.some((it) => it.period !== first.period))
    throw invalidValue(`Expression "${text}" mixes metrics of different periods`);
  return {
    id: query.Id,
    label: query.Label ?? query.Id,
    isReturned: query.ReturnData,
    period: first.period,
    at: (start) => formula.evaluate((id) => metrics.get(id)?.at(start)),
    hasEnoughSamples: () => true,
  };
}
