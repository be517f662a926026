import {
  DescribeAlarmsCommand,
  type CloudWatchClient,
  type CompositeAlarm,
  type DescribeAlarmsCommandInput,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';

export interface AlarmOn {
  readonly name: string;
  readonly since: string;
  /** Empty where CloudWatch does not tell it. */
  readonly reason: string;
}

const AlarmTypes: DescribeAlarmsCommandInput['AlarmTypes'] = ['MetricAlarm', 'CompositeAlarm'];

/**
 * The alarms that are on: those of the deployment by their common prefix, whatever else the guardrail's composite asks
 * for, and those that migrations name themselves.
 */
export async function alarmsOn(
  cloudWatch: CloudWatchClient,
  {
    name,
    guardrail,
    own,
  }: { readonly name: string; readonly guardrail: string; readonly own: readonly string[] },
): Promise<readonly AlarmOn[]> {
  const found = [
    ...(await described(cloudWatch, { AlarmNamePrefix: `${name}-`, AlarmTypes, StateValue: 'ALARM' })),
    ...(await described(cloudWatch, { ChildrenOfAlarmName: guardrail })),
    ...(own.length === 0 ? [] : await described(cloudWatch, { AlarmNames: own.slice(0, 100), AlarmTypes })),
  ].filter(({ StateValue }) => StateValue === 'ALARM');
  const byName = new Map(found.toReversed().map((alarm) => [alarm.AlarmName ?? '', shown(alarm)]));
  return [...byName.values()].toSorted((a, b) => (a.since < b.since ? -1 : 1));
}

async function described(
  cloudWatch: CloudWatchClient,
  asked: DescribeAlarmsCommandInput,
): Promise<readonly (MetricAlarm | CompositeAlarm)[]> {
  const found: (MetricAlarm | CompositeAlarm)[] = [];
  let next: string | undefined;
  do {
    const {
      MetricAlarms = [],
      CompositeAlarms = [],
      NextToken,
    } = await cloudWatch.send(new DescribeAlarmsCommand({ ...asked, MaxRecords: 100, NextToken: next }));
    found.push(...MetricAlarms, ...CompositeAlarms);
    next = NextToken;
  } while (next !== undefined);
  return found;
}

const shown = ({ AlarmName, StateUpdatedTimestamp, StateReason }: MetricAlarm | CompositeAlarm): AlarmOn => ({
  name: AlarmName ?? '',
  since: StateUpdatedTimestamp?.toISOString() ?? '',
  reason: StateReason ?? '',
});
