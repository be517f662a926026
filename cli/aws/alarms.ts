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

/** The alarms that are on: composites that guard targets, whatever these ask for, and others by name. */
export async function alarmsOn(
  cloudWatch: CloudWatchClient,
  { guardrails, others }: { readonly guardrails: readonly string[]; readonly others: readonly string[] },
): Promise<readonly AlarmOn[]> {
  const names = [...guardrails, ...others].slice(0, 100);
  const found = [...(await described(cloudWatch, { AlarmNames: names, AlarmTypes }))];
  for (const composite of guardrails)
    found.push(...(await described(cloudWatch, { ChildrenOfAlarmName: composite })));
  const on = found.filter(({ StateValue }) => StateValue === 'ALARM');
  const byName = new Map(on.toReversed().map((alarm) => [alarm.AlarmName ?? '', shown(alarm)]));
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
