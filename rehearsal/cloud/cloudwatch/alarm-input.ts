import { z } from 'zod';
import { invalidCombination, invalidValue } from './cloudwatch-error.ts';
import { dimensionsField, namespaceField, parseInput, periodField, unitField } from './metric-input.ts';
import { metricDataQuery, type MetricDataQuery } from './metric-query.ts';

export const stateValue = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
export type StateValue = z.infer<typeof stateValue>;

export const alarmName = z.string().min(1).max(255);
const actions = z.array(z.string().min(1).max(1024)).max(5).default([]);
const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

/** What metric and composite alarms share. */
const common = {
  AlarmName: alarmName,
  AlarmDescription: z.string().max(1024).optional(),
  ActionsEnabled: z.boolean().default(true),
  OKActions: actions,
  AlarmActions: actions,
  InsufficientDataActions: actions,
  Tags: tags,
};

const comparison = z.enum([
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]);
export type ComparisonOperator = z.infer<typeof comparison>;

const missingData = z.enum(['missing', 'ignore', 'breaching', 'notBreaching']);
export type TreatMissingData = z.infer<typeof missingData>;

const metricAlarmInput = z.strictObject({
  ...common,
  MetricName: z.string().min(1).max(255).optional(),
  Namespace: namespaceField.optional(),
  Statistic: z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']).optional(),
  ExtendedStatistic: z.string().optional(),
  Dimensions: dimensionsField.optional(),
  Period: periodField.optional(),
  Unit: unitField.optional(),
  EvaluationPeriods: z.int().positive(),
  DatapointsToAlarm: z.int().positive().optional(),
  Threshold: z.number(),
  ComparisonOperator: comparison,
  TreatMissingData: missingData.optional(),
  EvaluateLowSampleCountPercentile: z.enum(['evaluate', 'ignore']).optional(),
  Metrics: z.array(metricDataQuery).min(1).max(20).optional(),
});
export type MetricAlarmInput = z.infer<typeof metricAlarmInput>;

const compositeAlarmInput = z.strictObject({ ...common, AlarmRule: z.string().min(1).max(10_240) });
export type CompositeAlarmInput = z.infer<typeof compositeAlarmInput>;

export const parseCompositeAlarm = (input: unknown): CompositeAlarmInput =>
  parseInput(compositeAlarmInput, input);

/**
 * `anyShortPeriod` lets alarms of 1 and 5 seconds through, which a rehearsal may want and AWS refuses.
 *
 * @throws CloudWatchError
 */
export function parseMetricAlarm(input: unknown, anyShortPeriod: boolean): MetricAlarmInput {
  const alarm = parseInput(metricAlarmInput, input);
  if ((alarm.DatapointsToAlarm ?? 1) > alarm.EvaluationPeriods)
    throw invalidValue('DatapointsToAlarm must not exceed EvaluationPeriods');
  const periods = queriesOf(alarm).flatMap((it) => it.MetricStat?.Period ?? []);
  if (periods.some((it) => it < 10 && !anyShortPeriod))
    throw invalidValue('Period must be 10, 20, 30, or a multiple of 60');
  if (alarm.EvaluationPeriods * Math.max(...periods) > 7 * 86_400)
    throw invalidValue('EvaluationPeriods times Period must not exceed seven days');
  return alarm;
}

/** The one metric of a plain alarm, or the metrics and the expression of a metric math alarm, as queries. */
export function queriesOf(alarm: MetricAlarmInput): readonly MetricDataQuery[] {
  const { Metrics, MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit, Dimensions } = alarm;
  if (Metrics !== undefined) {
    if (
      [MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit, Dimensions].some(
        (it) => it !== undefined,
      )
    )
      throw invalidCombination(
        'Metrics excludes MetricName, Namespace, Statistic, Period, Unit and Dimensions',
      );
    if (Metrics.filter((it) => it.ReturnData).length !== 1)
      throw invalidValue('Exactly one of Metrics must have ReturnData true');
    return Metrics;
  }
  const Stat = Statistic ?? ExtendedStatistic;
  if (MetricName === undefined || Namespace === undefined || Stat === undefined || Period === undefined)
    throw invalidCombination('An alarm needs MetricName, Namespace, Period and a statistic, or Metrics');
  if (Statistic !== undefined && ExtendedStatistic !== undefined)
    throw invalidCombination('Give either Statistic or ExtendedStatistic');
  const Metric = { Namespace, MetricName, Dimensions: Dimensions ?? [] };
  return [{ Id: 'm1', MetricStat: { Metric, Period, Stat, Unit }, ReturnData: true }];
}
