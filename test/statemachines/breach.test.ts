import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { startDynamoDb } from '../../rehearsal/cloud/dynamodb.ts';
import { createHoldsTable, holdsTable } from '../../rehearsal/deployment/holds.ts';
import { sdkOptions } from '../rehearsal/cloud/sdk-options.ts';
import { shipped } from './played-migration.ts';
import { stage } from '../rehearsal/cloud/step-functions/stage.ts';

/** A migration that waits in a window. */
const waiting = {
  StartAt: 'Wait',
  States: {
    Wait: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken',
      Arguments: {
        TableName: holdsTable,
        Item: {
          id: { S: '{% $states.context.Execution.Name %}' },
          hold: { S: 'bake-50' },
          kind: { S: 'window' },
          startedAt: { S: '{% $states.context.Execution.StartTime %}' },
          alarms: { L: "{% [$map($states.input.alarms, function($name) { {'S': $name} })] %}" },
          token: { S: '{% $states.context.Task.Token %}' },
        },
      },
      End: true,
    },
  },
};

const everyHold = 120;
/** As CloudWatch writes the time at which an alarm changed. */
const changed = (alarmName: string, at: Date = new Date()) => ({
  detail: { alarmName, state: { value: 'ALARM', timestamp: at.toISOString().replace('Z', '+0000') } },
});

test('a breach fails every open hold that it concerns, however many pages of the table they fill', async () => {
  const dynamoDb = await startDynamoDb();
  onTestFinished(() => dynamoDb.close());
  const client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  onTestFinished(() => client.destroy());
  await createHoldsTable(client);
  const scene = await stage({ endpoints: { dynamodb: dynamoDb.endpoint } });
  const machine = await scene.create(waiting, 'waiting');
  const executions: string[] = [];
  for (let at = 0; at < everyHold; at += 1)
    executions.push(await scene.start(machine, { alarms: ['underpin-shop-guardrails'] }, `m-${at}`));
  await Promise.all(executions.map((it) => scene.event(it, ({ type }) => type === 'TaskSubmitted')));

  await scene.start(await scene.create(shipped('breach'), 'breach'), changed('underpin-shop-guardrails'));
  const ends = await Promise.all(executions.map((it) => scene.end(it)));
  expect(new Set(ends.map(({ error, cause }) => `${error}: ${cause}`))).toEqual(
    new Set(['GuardrailBreached: alarm underpin-shop-guardrails is on']),
  );
});

test("an alarm of the team's fails the holds that name it, and no other", async () => {
  const dynamoDb = await startDynamoDb();
  onTestFinished(() => dynamoDb.close());
  const client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  onTestFinished(() => client.destroy());
  await createHoldsTable(client);
  const scene = await stage({ endpoints: { dynamodb: dynamoDb.endpoint } });
  const machine = await scene.create(waiting, 'waiting');
  const named = await scene.start(machine, { alarms: ['checkout-errors', 'other'] }, 'named');
  const unnamed = await scene.start(machine, { alarms: ['checkout-errors-of-others'] }, 'unnamed');
  for (const each of [named, unnamed]) await scene.event(each, ({ type }) => type === 'TaskSubmitted');

  const machineOfBreach = await scene.create(shipped('breach'), 'breach');
  const breached = await scene.start(machineOfBreach, changed('checkout-errors'));
  expect(await scene.end(named)).toMatchObject({
    error: 'GuardrailBreached',
    cause: 'alarm checkout-errors is on',
  });
  await scene.event(
    breached,
    ({ stateEnteredEventDetails: entered }) => entered?.name === 'Look once more?',
    1,
  );
  expect((await scene.history(unnamed)).map(({ type }) => type)).not.toContain('TaskFailed');
});

test('a migration that was started after the alarm had changed is none of its business', async () => {
  const dynamoDb = await startDynamoDb();
  onTestFinished(() => dynamoDb.close());
  const client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  onTestFinished(() => client.destroy());
  await createHoldsTable(client);
  const scene = await stage({ endpoints: { dynamodb: dynamoDb.endpoint } });
  const machine = await scene.create(waiting, 'waiting');
  const before = new Date(Date.now() - 60_000);
  const later = await scene.start(machine, { alarms: ['checkout-errors'] }, 'later');
  await scene.event(later, ({ type }) => type === 'TaskSubmitted');
  const breached = await scene.start(
    await scene.create(shipped('breach'), 'breach'),
    changed('checkout-errors', before),
  );
  await scene.event(
    breached,
    ({ stateEnteredEventDetails: entered }) => entered?.name === 'Look once more?',
    1,
  );
  expect((await scene.history(later)).map(({ type }) => type)).not.toContain('TaskFailed');
});
