import {
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type CloudWatchClient,
} from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import { ofType, type Synthesised } from './synthesised.ts';

const named = z.looseObject({ AlarmName: z.string() });
// What is not named here, such as actions that are tokens, is left out.
const metricAlarm = z.object({
  AlarmName: z.string(),
  Namespace: z.string(),
  MetricName: z.string(),
  Statistic: z.enum(['Average', 'Maximum', 'Minimum', 'Sum']),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
  Period: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanThreshold']),
  TreatMissingData: z.enum(['ignore', 'notBreaching']),
});
export type MetricAlarm = z.infer<typeof metricAlarm>;
const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const arnOf = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** The alarms over one metric that the stack makes. What watches machines and queues is of another kind. */
export const metricAlarmsOf = (stack: Synthesised): readonly MetricAlarm[] =>
  ofType(stack, 'AWS::CloudWatch::Alarm').flatMap(
    ([, { Properties }]) => metricAlarm.safeParse(Properties).data ?? [],
  );

export interface AlarmsPut {
  /** The ARN that an alarm has where it is put. */
  readonly arn: (alarmName: string) => string;
  readonly topic?: string;
  readonly only: (alarmName: string) => boolean;
}

/** Has CloudWatch watch by alarms of the stack, each with the actions that it has, or none. */
export async function putAlarms(
  client: Pick<CloudWatchClient, 'send'>,
  stack: Synthesised,
  { arn, topic, only }: AlarmsPut,
): Promise<void> {
  const actions = ({ Properties }: { readonly Properties: Readonly<Record<string, unknown>> }) => {
    const of = (key: string) => (Properties[key] === undefined || topic === undefined ? [] : [topic]);
    return { AlarmActions: of('AlarmActions'), OKActions: of('OKActions') };
  };
  for (const [, alarm] of ofType(stack, 'AWS::CloudWatch::Alarm')) {
    const input = metricAlarm.safeParse(alarm.Properties).data;
    if (input && only(input.AlarmName))
      await client.send(new PutMetricAlarmCommand({ ...input, ...actions(alarm) }));
  }
  for (const [, alarm] of ofType(stack, 'AWS::CloudWatch::CompositeAlarm')) {
    const { AlarmName } = named.parse(alarm.Properties);
    if (!only(AlarmName)) continue;
    const AlarmRule = resolved(alarm.Properties['AlarmRule'], stack, arn);
    await client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...actions(alarm) }));
  }
}

/** A rule as CloudFormation would hand it over. */
function resolved(rule: unknown, stack: Synthesised, arn: AlarmsPut['arn']): string {
  if (typeof rule === 'string') return rule;
  const join = joined.safeParse(rule).data?.['Fn::Join'];
  if (join) return join[1].map((part) => resolved(part, stack, arn)).join(join[0]);
  const [id] = arnOf.parse(rule)['Fn::GetAtt'];
  return arn(named.parse(stack.resources[id]?.Properties).AlarmName);
}
