import {
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { arn, scene } from '../rehearsal/cloud/cloudwatch/scene.ts';
import { ofType, synthesised, type Synthesised } from './synthesised.ts';

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

const named = z.looseObject({ AlarmName: z.string() });
// What is not named here, such as actions that are tokens, is left out.
const metricAlarm = z.object({
  AlarmName: z.string(),
  Namespace: z.string(),
  MetricName: z.string(),
  Statistic: z.enum(['Average', 'Maximum', 'Minimum', 'Sum']),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
  Period: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanThreshold']),
  TreatMissingData: z.enum(['ignore', 'notBreaching']),
});
const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const arnOf = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** A rule as CloudFormation would hand it over. */
function resolved(rule: unknown): string {
  if (typeof rule === 'string') return rule;
  const join = joined.safeParse(rule).data?.['Fn::Join'];
  if (join) return join[1].map(resolved).join(join[0]);
  const [id] = arnOf.parse(rule)['Fn::GetAtt'];
  return arn(named.parse(stack.resources[id]?.Properties).AlarmName);
}

const topic = 'arn:aws:sns:us-east-1:123456789012:underpin';
const actions = (properties: Readonly<Record<string, unknown>>) => ({
  AlarmActions: properties['AlarmActions'] === undefined ? [] : [topic],
  OKActions: properties['OKActions'] === undefined ? [] : [topic],
});

const minute = 60_000;

/** The alarms of the stack over metrics that the test publishes, and what was sent to people. */
async function watched() {
  const made = await scene({ evaluateEveryMs: minute / 2 });
  const { client, clock, service } = made;
  for (const [, { Properties }] of ofType(stack, 'AWS::CloudWatch::Alarm')) {
    const alarm = metricAlarm.safeParse(Properties).data;
    // Of a target; what watches machines and queues is of another kind.
    if (!alarm?.AlarmName.startsWith('underpin-shop-')) continue;
    await client.send(new PutMetricAlarmCommand({ ...alarm, ...actions(Properties) }));
  }
  const notices: string[] = [];
  service.onAction(({ event }) => notices.push(`${event.detail.alarmName} ${event.detail.state.value}`));
  for (const [, { Properties }] of ofType(stack, 'AWS::CloudWatch::CompositeAlarm')) {
    const { AlarmName } = named.parse(Properties);
    await client.send(
      new PutCompositeAlarmCommand({
        AlarmName,
        AlarmRule: resolved(Properties['AlarmRule']),
        ...actions(Properties),
      }),
    );
  }
  const watching = ofType(stack, 'AWS::CloudWatch::Alarm').flatMap(
    ([, { Properties }]) => metricAlarm.safeParse(Properties).data ?? [],
  );
  const publish = async (name: string, Value: number) => {
    const alarm = watching.find(({ MetricName }) => MetricName === name);
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
