import {
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { realClock } from '../../../../rehearsal/cloud/clock.ts';
import { Namespace, arn, scene } from './scene.ts';

const sumOf = (Id: string, MetricName: string) => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName }, Period: 10, Stat: 'Sum' },
  ReturnData: false,
});

describe('a metric alarm', () => {
  test('goes to ALARM with the datapoint that breaches, and says so as an event', async () => {
    const { alarm, put, events, clock, state } = await scene();
    await alarm();
    expect(await state()).toBe('INSUFFICIENT_DATA');
    await put('Errors', 4);
    await put('Errors', 2);
    expect(await state()).toBe('ALARM');
    expect(events.map((it) => [it.detail.previousState.value, it.detail.state.value])).toEqual([
      ['INSUFFICIENT_DATA', 'OK'],
      ['OK', 'ALARM'],
    ]);
    const stamp = new Date(clock.now()).toISOString().replace('Z', '+0000');
    expect(events[1]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      'detail-type': 'CloudWatch Alarm State Change',
      source: 'aws.cloudwatch',
      account: '123456789012',
      time: '2026-11-20T12:00:00Z',
      region: 'us-east-1',
      resources: [arn('errors')],
      detail: {
        alarmName: 'errors',
        configuration: {
          description: 'too many errors',
          metrics: [
            {
              id: 'm1',
              metricStat: {
                metric: { dimensions: {}, name: 'Errors', namespace: Namespace },
                period: 10,
                stat: 'Sum',
              },
              returnData: true,
            },
          ],
        },
        previousState: {
          value: 'OK',
          reason:
            'Threshold Crossed: 1 out of the last 1 datapoints [4.0 (20/11/26 12:00:00)] was not greater than ' +
            'the threshold (5.0) (minimum 1 datapoint for INSUFFICIENT_DATA -> OK transition).',
          reasonData: expect.any(String) as unknown,
          timestamp: stamp,
        },
        state: {
          value: 'ALARM',
          reason:
            'Threshold Crossed: 1 out of the last 1 datapoints [6.0 (20/11/26 12:00:00)] was greater than ' +
            'the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).',
          reasonData: JSON.stringify({
            version: '1.0',
            queryDate: stamp,
            startDate: stamp,
            statistic: 'Sum',
            period: 10,
            recentDatapoints: [6],
            threshold: 5,
          }),
          timestamp: stamp,
        },
      },
    });
  });

  test.each([
    ['missing', 'INSUFFICIENT_DATA'],
    ['ignore', 'ALARM'],
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
  ])('without further data and with %s becomes %s', async (TreatMissingData, expected) => {
    const { alarm, put, clock, state } = await scene();
    await alarm({ TreatMissingData });
    await put('Errors', 9);
    expect(await state()).toBe('ALARM');
    await clock.advance(60_000);
    expect(await state()).toBe(expected);
  });

  test('needs as many datapoints as it says', async () => {
    const { alarm, put, clock, state } = await scene();
    await alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' });
    const seen: (string | undefined)[] = [];
    for (const value of [9, 0, 9]) {
      await put('Errors', value);
      seen.push(await state());
      await clock.advance(10_000);
    }
    expect(seen).toEqual(['OK', 'OK', 'ALARM']);
  });

  test('that looks downward waits for the end of the period', async () => {
    const { alarm, put, clock, state } = await scene();
    await alarm({ ComparisonOperator: 'LessThanThreshold' });
    await put('Errors', 1);
    expect(await state()).toBe('INSUFFICIENT_DATA');
    await put('Errors', 8);
    await clock.advance(10_000);
    expect(await state()).toBe('OK');
  });

  test('of a ratio follows both of its metrics', async () => {
    const { client, put, state } = await scene();
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: 'errors',
        EvaluationPeriods: 1,
        Threshold: 0.5,
        ComparisonOperator: 'GreaterThanThreshold',
        Metrics: [
          sumOf('e', 'Errors'),
          sumOf('r', 'Requests'),
          { Id: 'rate', Expression: '100 * FILL(e, 0) / r' },
        ],
      }),
    );
    await put('Requests', 1000);
    expect(await state()).toBe('OK');
    await put('Errors', 6);
    expect(await state()).toBe('ALARM');
  });

  test('keeps its state when it is changed, and another dimension is another metric', async () => {
    const { alarm, put, state } = await scene();
    await alarm();
    await put('Errors', 9, { Dimensions: [{ Name: 'table', Value: 'users' }] });
    expect(await state()).toBe('INSUFFICIENT_DATA');
    await put('Errors', 9);
    await alarm({ Threshold: 100, TreatMissingData: 'ignore', MetricName: 'Other' });
    expect(await state()).toBe('ALARM');
  });

  test('set by hand holds for one period and then says again what its metric says', async () => {
    const { client, alarm, put, clock, state, events } = await scene();
    await alarm();
    await put('Errors', 0);
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'rehearsed breach' }),
    );
    await put('Errors', 0);
    expect(await state()).toBe('ALARM');
    expect(events.at(-1)?.detail.state).toMatchObject({ value: 'ALARM', reason: 'rehearsed breach' });
    await clock.advance(11_000);
    expect(await state()).toBe('OK');
  });

  test('with a period that AWS refuses is refused, unless a rehearsal asks for it', async () => {
    const strict = await scene();
    await expect(strict.alarm({ Period: 1 })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    const { alarm, put, state } = await scene({ anyShortPeriod: true });
    await alarm({ Period: 1 });
    await put('Errors', 9);
    expect(await state()).toBe('ALARM');
  });

  test.each<[string, Partial<PutMetricAlarmCommandInput>]>([
    ['an anomaly band', { ThresholdMetricId: 'ad1' }],
    ['a comparison with a band', { ComparisonOperator: 'GreaterThanUpperThreshold' }],
    ['an unknown statistic', { Statistic: undefined, ExtendedStatistic: 'tm90' }],
    ['more datapoints than periods', { DatapointsToAlarm: 2 }],
    ['no metric', { MetricName: undefined }],
    ['an unknown treatment', { TreatMissingData: 'guess' }],
  ])('with %s is refused', async (_, more) => {
    const { alarm } = await scene();
    await expect(alarm(more)).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameter(Value|Combination)Exception$/) as unknown,
    });
  });

  test('takes its actions, unless they are disabled', async () => {
    const { service, client, alarm, put } = await scene();
    const taken: string[] = [];
    service.onAction((action) => taken.push(`${action.event.detail.state.value} → ${action.actionArn}`));
    await alarm({ AlarmActions: ['arn:aws:sns:us-east-1:123456789012:page'], OKActions: ['arn:aws:sns:x'] });
    await put('Errors', 9);
    await client.send(new DisableAlarmActionsCommand({ AlarmNames: ['errors'] }));
    expect(service.alarmState(arn('errors'))).toBe('OK');
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'OK', StateReason: 'test' }),
    );
    await client.send(new EnableAlarmActionsCommand({ AlarmNames: ['errors'] }));
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'test' }),
    );
    expect(service.alarmState(arn('errors'))).toBe('ALARM');
    const page = 'ALARM → arn:aws:sns:us-east-1:123456789012:page';
    expect(taken).toEqual([page, page]);
    expect(() => service.alarmState(arn('other'))).toThrow('No alarm');
  });
});

test('in real time, with values that carry no time, an alarm is seen with its datapoint', async () => {
  const { client, service } = await scene({
    anyShortPeriod: true,
    clock: realClock,
  });
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace,
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 1,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    }),
  );
  const datum = { MetricName: 'Errors', Value: 9, StorageResolution: 1 };
  await client.send(new PutMetricDataCommand({ Namespace, MetricData: [datum] }));
  expect(service.alarmState(arn('errors'))).toBe('ALARM');
});
