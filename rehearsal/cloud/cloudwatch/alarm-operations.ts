import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { alarmName, parseCompositeAlarm, parseMetricAlarm, queriesOf, stateValue } from './alarm-input.ts';
import type { AlarmStore } from './alarm-store.ts';
import { CloudWatchError, invalidValue } from './cloudwatch-error.ts';
import { parseCompositeRule } from './composite-rule.ts';
import { parseInput } from './metric-input.ts';
import { seriesOf } from './metric-query.ts';
import type { MetricStore } from './metric-store.ts';
import type { Operation } from './operation.ts';

const namesInput = z.strictObject({ AlarmNames: z.array(alarmName).max(100) });

const setStateInput = z.strictObject({
  AlarmName: alarmName,
  StateValue: stateValue,
  StateReason: z.string().max(1023),
  StateReasonData: z.string().max(4000).optional(),
});

export function alarmOperations(
  alarms: AlarmStore,
  metrics: MetricStore,
  options: { readonly clock: Clock; readonly anyShortPeriod: boolean },
): Readonly<Record<string, Operation>> {
  return {
    PutMetricAlarm: (input) => putMetricAlarm(alarms, metrics, input, options),
    PutCompositeAlarm: (input) => putCompositeAlarm(alarms, input, options.clock),
    SetAlarmState: (input) => {
      const { AlarmName, StateValue, StateReason, StateReasonData } = parseInput(setStateInput, input);
      if (StateReasonData !== undefined && !isJson(StateReasonData))
        throw invalidValue('StateReasonData is not JSON');
      alarms.force(alarms.get(AlarmName), StateValue, StateReason, StateReasonData);
      return {};
    },
    DeleteAlarms: (input) => {
      const { AlarmNames } = parseInput(namesInput, input);
      // All or none, as on AWS.
      for (const name of AlarmNames) alarms.get(name);
      for (const name of AlarmNames) refuseIfParent(alarms, name, AlarmNames);
      for (const name of AlarmNames) alarms.delete(name);
      return {};
    },
    EnableAlarmActions: (input) => setActions(alarms, input, true),
    DisableAlarmActions: (input) => setActions(alarms, input, false),
  };
}

function putMetricAlarm(
  alarms: AlarmStore,
  metrics: MetricStore,
  given: unknown,
  { clock, anyShortPeriod }: { readonly clock: Clock; readonly anyShortPeriod: boolean },
): unknown {
  const input = parseMetricAlarm(given, anyShortPeriod);
  const queries = queriesOf(input);
  const series = seriesOf(metrics, queries).find((it) => it.isReturned);
  if (series === undefined) throw invalidValue('No metric of the alarm has ReturnData true');
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData = 'missing' } = input;
  const { Threshold, ComparisonOperator } = input;
  alarms.put({
    kind: 'MetricAlarm',
    input,
    queries,
    series,
    criteria: { EvaluationPeriods, DatapointsToAlarm, Threshold, ComparisonOperator, TreatMissingData },
    arn: alarms.arnOf(input.AlarmName),
    configuredAt: clock.now(),
    actionsEnabled: input.ActionsEnabled,
    state: alarms.initialState(input.AlarmName),
    heldUntil: 0,
  });
  return {};
}

function putCompositeAlarm(alarms: AlarmStore, given: unknown, clock: Clock): unknown {
  const input = parseCompositeAlarm(given);
  const rule = parseCompositeRule(input.AlarmRule);
  const unknown = rule.children.find((name) => alarms.find(name) === undefined);
  if (unknown !== undefined) throw invalidValue(`AlarmRule names ${unknown}, and no alarm has this name`);
  if (dependsOn(alarms, rule.children, input.AlarmName))
    throw invalidValue(`AlarmRule makes ${input.AlarmName} depend on itself`);
  alarms.put({
    kind: 'CompositeAlarm',
    input,
    rule,
    arn: alarms.arnOf(input.AlarmName),
    configuredAt: clock.now(),
    actionsEnabled: input.ActionsEnabled,
    state: alarms.initialState(input.AlarmName),
  });
  return {};
}

function dependsOn(alarms: AlarmStore, names: readonly string[], wanted: string): boolean {
  return names.some((name) => {
    const child = alarms.find(name);
    return (
      name === wanted || (child?.kind === 'CompositeAlarm' && dependsOn(alarms, child.rule.children, wanted))
    );
  });
}

function refuseIfParent(alarms: AlarmStore, name: string, leaving: readonly string[]): void {
  const parent = alarms
    .all()
    .find(
      (it) =>
        it.kind === 'CompositeAlarm' &&
        it.rule.children.includes(name) &&
        !leaving.includes(it.input.AlarmName),
    );
  if (parent !== undefined)
    throw new CloudWatchError(
      'InvalidParameterValueException',
      `${name} is part of the composite alarm ${parent.input.AlarmName}`,
    );
}

function setActions(alarms: AlarmStore, input: unknown, enabled: boolean): unknown {
  for (const name of parseInput(namesInput, input).AlarmNames) {
    const alarm = alarms.find(name);
    if (alarm !== undefined) alarm.actionsEnabled = enabled;
  }
  return {};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
