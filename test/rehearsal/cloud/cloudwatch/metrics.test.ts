import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type MetricDatum,
} from '@aws-sdk/client-cloudwatch';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { describe, expect, test } from 'vitest';
import { Namespace, arn, scene } from './scene.ts';

describe.each([
  ['AWS JSON', undefined],
  ['RPC v2 CBOR', SmithyRpcV2CborProtocol],
])('by %s', (_, protocol) => {
  const options = protocol === undefined ? {} : { protocol };

  test('values come back as statistics of their periods', async () => {
    const { client, clock, put } = await scene(options);
    const start = clock.now();
    for (const value of [10, 20, 90.5]) await put('Latency', value, { Unit: 'Milliseconds' });
    await clock.advance(60_000);
    await put('Latency', 7, { Unit: 'Milliseconds' });
    const range = { StartTime: new Date(start), EndTime: new Date(start + 120_000) };
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({
        ...range,
        Namespace,
        MetricName: 'Latency',
        Period: 60,
        Statistics: ['Average', 'Maximum', 'SampleCount'],
      }),
    );
    expect(Datapoints).toEqual([
      { Timestamp: new Date(start), Unit: 'Milliseconds', Average: 120.5 / 3, Maximum: 90.5, SampleCount: 3 },
      { Timestamp: new Date(start + 60_000), Unit: 'Milliseconds', Average: 7, Maximum: 7, SampleCount: 1 },
    ]);
    const metric = { Namespace, MetricName: 'Latency' };
    const query = (Id: string, Stat: string) => ({
      Id,
      MetricStat: { Metric: metric, Period: 60, Stat },
      ReturnData: false,
    });
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        ...range,
        MetricDataQueries: [
          { ...query('p', 'p50'), ReturnData: true },
          query('most', 'Maximum'),
          query('least', 'Minimum'),
          { Id: 'spread', Expression: 'most - least', Label: 'spread of latency' },
        ],
      }),
    );
    expect(MetricDataResults?.map((it) => [it.Id, it.Label, it.Values])).toEqual([
      ['p', 'Latency', [7, 20]],
      ['spread', 'spread of latency', [0, 80.5]],
    ]);
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([new Date(start + 60_000), new Date(start)]);
  });

  test('errors have the names that the SDK knows', async () => {
    const { client } = await scene(options);
    const missing = new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: 'test' });
    await expect(client.send(missing)).rejects.toMatchObject({
      name: 'ResourceNotFound',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(client.send(new ListMetricsCommand({}))).rejects.toThrow('does not know ListMetrics');
  });

  test('an alarm describes itself', async () => {
    const { client, clock, alarm } = await scene(options);
    await alarm({
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'a', Value: 'b' }],
    });
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
    expect(MetricAlarms).toMatchObject([
      {
        AlarmName: 'errors',
        AlarmArn: arn('errors'),
        Threshold: 5,
        TreatMissingData: 'notBreaching',
        Dimensions: [{ Name: 'a', Value: 'b' }],
        ActionsEnabled: true,
        StateValue: 'OK',
        StateUpdatedTimestamp: new Date(clock.now()),
      },
    ]);
  });
});

describe('values', () => {
  test('of standard resolution belong to their minute', async () => {
    const { client, clock, put } = await scene();
    await clock.advance(25_000);
    await put('Errors', 9, { StorageResolution: 60 });
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: 'Errors',
        Period: 10,
        StartTime: new Date(clock.now() - 60_000),
        EndTime: new Date(clock.now() + 1000),
        Statistics: ['Sum'],
      }),
    );
    expect(Datapoints?.map((it) => it.Timestamp)).toEqual([new Date(clock.now() - 25_000)]);
  });

  test('that come many at once and compressed are read', async () => {
    const { client, clock, state, alarm } = await scene();
    await alarm({ Statistic: 'SampleCount', Threshold: 30_000 });
    const Values = Array.from({ length: 150 }, (_, index) => index + 0.123456789);
    const datum: MetricDatum = {
      MetricName: 'Errors',
      Values,
      StorageResolution: 1,
      Timestamp: new Date(clock.now()),
    };
    await client.send(
      new PutMetricDataCommand({ Namespace, MetricData: Array.from({ length: 300 }, () => datum) }),
    );
    expect(await state()).toBe('ALARM');
  });

  test.each<[string, object]>([
    ['of three weeks ago', { Timestamp: new Date('2026-10-30T12:00:00Z') }],
    ['in two forms', { Values: [1] }],
    ['of an unknown unit', { Unit: 'Furlongs' }],
    ['not a number', { Value: NaN }],
  ])('%s are refused', async (_, more) => {
    const { put } = await scene();
    await expect(put('Errors', 1, more)).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameter(Value|Combination)Exception$/) as unknown,
    });
  });
});
