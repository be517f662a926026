import { randomUUID } from 'node:crypto';
import type { Alarm, AlarmState } from './alarm.ts';
import { zonedTime } from './alarm-reason.ts';
import type { StateValue } from './alarm-input.ts';

export type EventState = {
  readonly value: StateValue;
  readonly reason: string;
  readonly reasonData?: string;
  readonly timestamp: string;
};

/** `CloudWatch Alarm State Change` as EventBridge delivers it. */
export type AlarmStateChange = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'CloudWatch Alarm State Change';
  readonly source: 'aws.cloudwatch';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly alarmName: string;
    readonly configuration: Readonly<Record<string, unknown>>;
    readonly previousState: EventState;
    readonly state: EventState;
  };
};

export function alarmStateChange(
  alarm: Alarm,
  previous: AlarmState,
  home: { readonly region: string; readonly accountId: string },
): AlarmStateChange {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account: home.accountId,
    time: new Date(alarm.state.updatedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: home.region,
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.input.AlarmName,
      configuration: configurationOf(alarm),
      previousState: stateOf(previous),
      state: stateOf(alarm.state),
    },
  };
}

function stateOf({ value, reason, reasonData, updatedAt }: AlarmState): EventState {
  const timestamp = zonedTime(updatedAt);
  return { value, reason, ...(reasonData === undefined ? {} : { reasonData }), timestamp };
}

function configurationOf(alarm: Alarm): Readonly<Record<string, unknown>> {
  const { AlarmDescription: description } = alarm.input;
  const described = description === undefined ? {} : { description };
  if (alarm.kind === 'CompositeAlarm') return { alarmRule: alarm.input.AlarmRule, ...described };
  const metrics = alarm.queries.map(({ Id, MetricStat, Expression, Label, ReturnData }) => ({
    ...(MetricStat === undefined
      ? { expression: Expression }
      : {
          metricStat: {
            metric: {
              dimensions: Object.fromEntries(MetricStat.Metric.Dimensions.map((it) => [it.Name, it.Value])),
              name: MetricStat.Metric.MetricName,
              namespace: MetricStat.Metric.Namespace,
            },
            period: MetricStat.Period,
            stat: MetricStat.Stat,
          },
        }),
    id: Id,
    ...(Label === undefined ? {} : { label: Label }),
    returnData: ReturnData,
  }));
  return { ...described, metrics };
}
