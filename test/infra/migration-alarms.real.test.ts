import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { beforeAll, expect, test } from 'vitest';
import { arn, scene } from '../rehearsal/cloud/cloudwatch/scene.ts';
import { metricAlarmsOf, putAlarms } from './stack-alarms.ts';
import { synthesised, type Synthesised } from './synthesised.ts';

let stack: Synthesised;
beforeAll(() => {
  stack = synthesised({
    targets: [
      {
        name: 'shop',
        clusterIdentifier: 'orders-prod',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf',
        database: 'shop',
      },
    ],
  });
});

const topic = 'arn:aws:sns:us-east-1:123456789012:underpin';
const minute = 60_000;

/** The alarms of the stack over metrics that the test publishes, and what was sent to people. */
async function watched() {
  const made = await scene({ evaluateEveryMs: minute / 2 });
  const { client, clock, service } = made;
  const notices: string[] = [];
  service.onAction(({ event }) => notices.push(`${event.detail.alarmName} ${event.detail.state.value}`));
  await putAlarms(client, stack, { arn, topic, only: (name) => name.startsWith('underpin-shop-') });
  const publish = async (name: string, Value: number) => {
    const alarm = metricAlarmsOf(stack).find(({ MetricName }) => MetricName === name);
    if (!alarm) throw new Error(`no alarm watches ${name}`);
    const { Namespace, MetricName, Dimensions } = alarm;
    await client.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [{ MetricName, Dimensions, Value, Timestamp: new Date(clock.now()) }],
      }),
    );
  };
  // A composite that is new says what it is.
  notices.length = 0;
  return { ...made, clock, notices, publish };
}

test('slow statements tell people, and are no guardrail', async () => {
  const { clock, notices, publish, state } = await watched();
  for (let at = 0; at < 4; at += 1) {
    await publish('SlowStatements', 6);
    await clock.advance(minute);
  }
  expect(await state('underpin-shop-guardrails')).toBe('OK');
  expect(notices).toEqual(['underpin-shop-slow-statements ALARM']);
});

test('people hear of a breach while a migration is open, and only then', async () => {
  const { clock, notices, publish, state } = await watched();
  const breach = async () => {
    await publish('StubbornRows', 1_000_000);
    await clock.advance(2 * minute);
  };
  const passes = () => clock.advance(10 * minute);
  await breach();
  expect(await state('underpin-shop-guardrails')).toBe('ALARM');
  await passes();
  expect(notices).toEqual([]);

  await publish('OpenMigrations', 1);
  // A gate of three days, in which nobody publishes anything.
  await clock.advance(3 * 24 * 60 * minute);
  expect(await state('underpin-shop-migration-open')).toBe('ALARM');
  await breach();
  expect(notices).toEqual(['underpin-shop-migration-breached ALARM']);
  await passes();
  expect(notices.splice(0)).toEqual([
    'underpin-shop-migration-breached ALARM',
    'underpin-shop-migration-breached OK',
  ]);

  // It ends in a minute in which it has worked.
  await publish('OpenMigrations', 1);
  await publish('OpenMigrations', 0);
  await passes();
  await breach();
  await passes();
  expect(notices).toEqual([]);
});
