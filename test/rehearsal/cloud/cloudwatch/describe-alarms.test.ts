import { DescribeAlarmHistoryCommand, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
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
