import { CloudWatchClient, PutCompositeAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { Guardrails } from '../../../lambdas/runtime/guardrails.ts';
import { scene } from '../../rehearsal/cloud/cloudwatch/scene.ts';
import { sdkOptions } from '../../rehearsal/cloud/sdk-options.ts';

test('a hundred alarms beside the composite are all asked', async () => {
  const { client, alarm } = await scene();
  const own = Array.from({ length: 100 }, (_, n) => `own-${n}`);
  for (const AlarmName of own) await alarm({ AlarmName });
  await client.send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule: 'ALARM("own-0")' }));
  const guardrails = new Guardrails(client, 'all');
  await guardrails.ask(own);
  await client.send(
    new SetAlarmStateCommand({ AlarmName: 'own-99', StateValue: 'ALARM', StateReason: 'a test' }),
  );
  await expect(guardrails.ask(own)).rejects.toMatchObject({
    name: 'GuardrailBreached',
    message: 'alarm own-99 is on',
  });
  await expect(guardrails.ask([...own, 'gone'])).rejects.toThrow('do not exist: gone');
});

test('every page of the alarms is read', async () => {
  const pages = [
    { MetricAlarms: [{ AlarmName: 'a', StateValue: 'OK' }], NextToken: 'more' },
    { MetricAlarms: [{ AlarmName: 'b', StateValue: 'ALARM' }] },
  ];
  const client = new CloudWatchClient(sdkOptions('http://127.0.0.1:1'));
  client.middlewareStack.add(
    () => () => Promise.resolve({ response: {}, output: { $metadata: {}, ...pages.shift() } }),
    { step: 'initialize' },
  );
  await expect(new Guardrails(client, 'a').ask(['b'])).rejects.toThrow('alarm b is on');
});

test('a CloudWatch that cannot be reached is asked again', async () => {
  const client = new CloudWatchClient(sdkOptions('http://127.0.0.1:1'));
  await expect(new Guardrails(client, 'all').ask()).rejects.toMatchObject({ name: 'TransientAwsError' });
});
