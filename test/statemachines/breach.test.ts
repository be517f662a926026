import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { startDynamoDb } from '../../rehearsal/cloud/dynamodb.ts';
import { createHoldsTable, holdsTable } from '../../rehearsal/deployment/holds.ts';
import { sdkOptions } from '../rehearsal/cloud/sdk-options.ts';
import { stage } from '../rehearsal/cloud/step-functions/stage.ts';

const definition = z
  .record(z.string(), z.unknown())
  .parse(
    JSON.parse(readFileSync('statemachines/breach.asl.json', 'utf8').replaceAll('${HoldsTable}', holdsTable)),
  );

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
          migration: { S: '{% $states.context.Execution.Name %}' },
          kind: { S: 'window' },
          token: { S: '{% $states.context.Task.Token %}' },
        },
      },
      End: true,
    },
  },
};

const everyHold = 120;
const breach = { detail: { alarmName: 'underpin-guardrails' } };

test('a breach fails every open hold, however many pages of the table they fill', async () => {
  const dynamoDb = await startDynamoDb();
  onTestFinished(() => dynamoDb.close());
  const client = new DynamoDBClient(sdkOptions(dynamoDb.endpoint));
  onTestFinished(() => client.destroy());
  await createHoldsTable(client);
  const scene = await stage({ endpoints: { dynamodb: dynamoDb.endpoint } });
  const machine = await scene.create(waiting, 'waiting');
  const executions: string[] = [];
  for (let at = 0; at < everyHold; at += 1) executions.push(await scene.start(machine, {}, `m-${at}`));
  await Promise.all(executions.map((it) => scene.event(it, ({ type }) => type === 'TaskSubmitted')));

  await scene.start(await scene.create(definition, 'breach'), breach);
  const ends = await Promise.all(executions.map((it) => scene.end(it)));
  expect(new Set(ends.map(({ error, cause }) => `${error}: ${cause}`))).toEqual(
    new Set(['GuardrailBreached: alarm underpin-guardrails is on']),
  );
});
