import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { scene } from './scene.ts';

describe('alarms are described', () => {
  test('by prefix and state, in pages', async () => {
    const { client, alarm, put } = await scene();
    for (const AlarmName of ['b1', 'b2', 'a']) await alarm({ AlarmName });
    await alarm({ AlarmName: 'b3', MetricName: 'Quiet' });
    await put('Errors', 9);
    const first = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'b', MaxRecords: 2 }));
    const second = await client.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'b', MaxRecords: 2, NextToken: first.NextToken }),
    );
    const names = [first, second].map((it) => it.MetricAlarms?.map((one) => one.AlarmName));
    expect(names).toEqual([['b1', 'b2'], ['b3']]);
    expect(second.NextToken).toBeUndefined();
    const quiet = await client.send(new DescribeAlarmsCommand({ StateValue: 'INSUFFICIENT_DATA' }));
    expect(quiet.MetricAlarms?.map((it) => it.AlarmName)).toEqual(['b3']);
    await expect(client.send(new DescribeAlarmsCommand({ ActionPrefix: 'arn' }))).rejects.toThrow(
      'ActionPrefix',
    );
  });

  test('as the children of a composite, by name and state only', async () => {
    const { client, alarm, put } = await scene();
    for (const AlarmName of ['a', 'b']) await alarm({ AlarmName });
    await client.send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule: 'ALARM(a)' }));
    await put('Errors', 9);
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ ChildrenOfAlarmName: 'all' }));
    expect(MetricAlarms).toEqual([
      {
        AlarmName: 'a',
        AlarmArn: expect.stringContaining(':alarm:a'),
        StateValue: 'ALARM',
        StateUpdatedTimestamp: expect.any(Date),
      },
    ]);
    const narrowed = new DescribeAlarmsCommand({ ChildrenOfAlarmName: 'all', StateValue: 'ALARM' });
    await expect(client.send(narrowed)).rejects.toThrow('ChildrenOfAlarmName');
  });

  test('with their history, the newest first', async () => {
    const { client, alarm, put } = await scene();
    await alarm();
    await put('Errors', 9);
    const { AlarmHistoryItems } = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: 'errors' }));
    expect(AlarmHistoryItems?.map((it) => [it.HistoryItemType, it.HistorySummary])).toEqual([
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
      ['ConfigurationUpdate', 'Alarm "errors" created'],
    ]);
    expect(JSON.parse(AlarmHistoryItems?.[0]?.HistoryData ?? '')).toMatchObject({
      oldState: { stateValue: 'INSUFFICIENT_DATA' },
      newState: { stateValue: 'ALARM', stateReasonData: { recentDatapoints: [9] } },
    });
  });
});
