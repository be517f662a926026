import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { arn, scene } from './scene.ts';

const composed = async (AlarmRule: string) => {
  const made = await scene();
  await made.alarm();
  await made.alarm({ AlarmName: 'latency', MetricName: 'Latency' });
  await made.client.send(new PutCompositeAlarmCommand({ AlarmName: 'any', AlarmRule }));
  return made;
};

describe('a composite alarm', () => {
  test('follows its children at once and names them in its event', async () => {
    const { put, state, events } = await composed('ALARM(errors) OR ALARM(latency)');
    expect(await state('any')).toBe('OK');
    await put('Latency', 50);
    expect(await state('any')).toBe('ALARM');
    const { detail, resources } = events.at(-1) ?? expect.unreachable('no event');
    expect(resources).toEqual([arn('any')]);
    expect(detail.configuration).toEqual({ alarmRule: 'ALARM(errors) OR ALARM(latency)' });
    expect(detail.state.reason).toBe(
      `${arn('latency')} transitioned to ALARM at Friday 20 November, 2026 12:00:00 UTC`,
    );
    expect(JSON.parse(detail.state.reasonData ?? '')).toMatchObject({
      triggeringAlarms: [
        { arn: arn('errors'), state: { value: 'INSUFFICIENT_DATA' } },
        { arn: arn('latency'), state: { value: 'ALARM' } },
      ],
    });
  });

  test('is not described unless its type is asked for', async () => {
    const { client } = await composed('ALARM(errors)');
    const names = async (AlarmTypes?: ('MetricAlarm' | 'CompositeAlarm')[]) => {
      const found = await client.send(new DescribeAlarmsCommand({ AlarmTypes }));
      return [found.MetricAlarms, found.CompositeAlarms].map((it) => it?.map((one) => one.AlarmName));
    };
    expect(await names()).toEqual([['errors', 'latency'], []]);
    expect(await names(['CompositeAlarm'])).toEqual([[], ['any']]);
  });

  test('keeps its children from being deleted, and cannot depend on itself', async () => {
    const { client, state } = await composed('ALARM(errors)');
    const invalid = { name: 'InvalidParameterValueException' };
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ['errors'] }))).rejects.toMatchObject(
      invalid,
    );
    const circle = new PutCompositeAlarmCommand({ AlarmName: 'any', AlarmRule: 'ALARM(any)' });
    await expect(client.send(circle)).rejects.toMatchObject(invalid);
    const stranger = new PutCompositeAlarmCommand({ AlarmName: 'any', AlarmRule: 'ALARM(nobody)' });
    await expect(client.send(stranger)).rejects.toMatchObject(invalid);
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ['errors', 'any'] }));
    expect([await state('errors'), await state('any')]).toEqual([undefined, undefined]);
  });
});
