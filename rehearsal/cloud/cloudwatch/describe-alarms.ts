import { z } from 'zod';
import type { Alarm } from './alarm.ts';
import { alarmName, stateValue } from './alarm-input.ts';
import type { AlarmStore } from './alarm-store.ts';
import { CloudWatchError, invalidCombination } from './cloudwatch-error.ts';
import { parseInput, timeField } from './metric-input.ts';
import type { Operation } from './operation.ts';

const alarmTypes = z.array(z.enum(['MetricAlarm', 'CompositeAlarm']));

// ActionPrefix and ParentsOfAlarmName are not imitated: as unknown members they are errors.
const describeInput = z.strictObject({
  ChildrenOfAlarmName: alarmName.optional(),
  AlarmNames: z.array(alarmName).max(100).optional(),
  AlarmNamePrefix: z.string().min(1).optional(),
  AlarmTypes: alarmTypes.optional(),
  StateValue: stateValue.optional(),
  MaxRecords: z.int().min(1).max(100).default(50),
  NextToken: z.string().optional(),
});

const historyInput = z.strictObject({
  AlarmName: alarmName.optional(),
  AlarmTypes: alarmTypes.optional(),
  HistoryItemType: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']).optional(),
  StartDate: timeField.optional(),
  EndDate: timeField.optional(),
  MaxRecords: z.int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
});

export function describeOperations(
  alarms: AlarmStore,
): Readonly<Record<'DescribeAlarms' | 'DescribeAlarmHistory', Operation>> {
  return {
    DescribeAlarms: (input) => describeAlarms(alarms, parseInput(describeInput, input)),
    DescribeAlarmHistory: (input) => describeHistory(alarms, parseInput(historyInput, input)),
  };
}

function describeAlarms(alarms: AlarmStore, input: z.infer<typeof describeInput>): unknown {
  const { AlarmNames, AlarmNamePrefix, StateValue, MaxRecords, NextToken } = input;
  if (input.ChildrenOfAlarmName !== undefined)
    return describeChildren(alarms, input.ChildrenOfAlarmName, input);
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix exclude each other');
  // Who does not name a type gets metric alarms only; a composite is then as if it did not exist.
  const types = input.AlarmTypes ?? ['MetricAlarm'];
  const wanted = alarms
    .all()
    .filter((it) => types.includes(it.kind))
    .filter((it) => AlarmNames?.includes(it.input.AlarmName) ?? true)
    .filter((it) => it.input.AlarmName.startsWith(AlarmNamePrefix ?? ''))
    .filter((it) => StateValue === undefined || it.state.value === StateValue);
  const page = pageOf(wanted, MaxRecords, NextToken);
  return {
    MetricAlarms: page.items.filter((it) => it.kind === 'MetricAlarm').map(show),
    CompositeAlarms: page.items.filter((it) => it.kind === 'CompositeAlarm').map(show),
    NextToken: page.next,
  };
}

/** Of the alarms that a composite asks for, only name, ARN and state are reported. */
function describeChildren(alarms: AlarmStore, parent: string, input: z.infer<typeof describeInput>): unknown {
  const { MaxRecords, NextToken, AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue } = input;
  if ((AlarmNames ?? AlarmNamePrefix ?? AlarmTypes ?? StateValue) !== undefined)
    throw invalidCombination('ChildrenOfAlarmName goes with MaxRecords and NextToken only');
  const composite = alarms.all().find((it) => it.input.AlarmName === parent);
  if (composite?.kind !== 'CompositeAlarm')
    throw new CloudWatchError('ResourceNotFound', `There is no composite alarm ${parent}`);
  const children = alarms.all().filter((it) => composite.rule.children.includes(it.input.AlarmName));
  const page = pageOf(children, MaxRecords, NextToken);
  return {
    MetricAlarms: page.items.filter((it) => it.kind === 'MetricAlarm').map(brief),
    CompositeAlarms: page.items.filter((it) => it.kind === 'CompositeAlarm').map(brief),
    NextToken: page.next,
  };
}

const brief = ({ arn, input, state }: Alarm) => ({
  AlarmName: input.AlarmName,
  AlarmArn: arn,
  StateValue: state.value,
  StateUpdatedTimestamp: new Date(state.updatedAt),
});

function describeHistory(alarms: AlarmStore, input: z.infer<typeof historyInput>): unknown {
  const { AlarmName, AlarmTypes = ['MetricAlarm'], StartDate = 0, EndDate = Infinity } = input;
  const wanted = alarms.history.items
    .filter((it) => AlarmName === undefined || it.AlarmName === AlarmName)
    .filter((it) => AlarmTypes.includes(it.AlarmType))
    .filter((it) => input.HistoryItemType === undefined || it.HistoryItemType === input.HistoryItemType)
    .filter((it) => it.Timestamp.getTime() >= StartDate && it.Timestamp.getTime() <= EndDate);
  const ordered = input.ScanBy === 'TimestampAscending' ? wanted : wanted.toReversed();
  const page = pageOf(ordered, input.MaxRecords, input.NextToken);
  return { AlarmHistoryItems: page.items, NextToken: page.next };
}

function pageOf<T>(
  items: readonly T[],
  size: number,
  token: string | undefined,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const start = Number(token ?? 0);
  if (!Number.isSafeInteger(start) || start < 0)
    throw new CloudWatchError('InvalidNextToken', `Not a token: ${token}`);
  const end = start + size;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined };
}

function show(alarm: Alarm): Record<string, unknown> {
  const { state } = alarm;
  return {
    ...alarm.input,
    Tags: undefined,
    AlarmArn: alarm.arn,
    ActionsEnabled: alarm.actionsEnabled,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: new Date(state.updatedAt),
    StateTransitionedTimestamp: new Date(state.transitionedAt),
  };
}
