import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDynamoDb, type DynamoDb } from '../../../rehearsal/cloud/dynamodb.ts';
import { createHoldsTable, holdsTable } from '../../../rehearsal/deployment/holds.ts';
import { sdkOptions } from './sdk-options.ts';

const TableName = 'holds';
let service: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  service = await startDynamoDb();
  client = new DynamoDBClient(sdkOptions(service.endpoint));
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'migration', AttributeType: 'S' },
        { AttributeName: 'hold', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'migration', KeyType: 'HASH' },
        { AttributeName: 'hold', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await service.close();
});

const key = (hold: string) => ({ migration: { S: 'm' }, hold: { S: hold } });

const decide = (hold: string, evidence: string) =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key: key(hold),
      UpdateExpression: 'SET #status = :decided, decidedBy = :who',
      ConditionExpression: '#status = :pending AND evidence = :evidence',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':decided': { S: 'APPROVED' },
        ':pending': { S: 'PENDING' },
        ':evidence': { S: evidence },
        ':who': { S: 'ana' },
      },
      ReturnValues: 'ALL_NEW',
    }),
  );

test('a hold is decided once, and only on the evidence that was seen', async () => {
  const Item = {
    ...key('gate'),
    status: { S: 'PENDING' },
    evidence: { S: 'e1' },
    token: { S: 't'.repeat(1500) },
  };
  await client.send(new PutItemCommand({ TableName, Item }));
  await expect(decide('gate', 'e0')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  expect((await decide('gate', 'e1')).Attributes?.['status']).toEqual({ S: 'APPROVED' });
  await expect(decide('gate', 'e1')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const { Item: kept } = await client.send(
    new GetItemCommand({ TableName, Key: key('gate'), ConsistentRead: true }),
  );
  expect(kept).toEqual({ ...Item, status: { S: 'APPROVED' }, decidedBy: { S: 'ana' } });
});

test('open holds are found by a query with a filter', async () => {
  for (const hold of ['window-1', 'window-2'])
    await client.send(new PutItemCommand({ TableName, Item: { ...key(hold), status: { S: 'PENDING' } } }));
  const { Items } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'migration = :m AND begins_with(#hold, :w)',
      FilterExpression: '#status = :pending',
      ExpressionAttributeNames: { '#status': 'status', '#hold': 'hold' },
      ExpressionAttributeValues: { ':m': { S: 'm' }, ':w': { S: 'window' }, ':pending': { S: 'PENDING' } },
    }),
  );
  expect(Items?.map((it) => it['hold']?.S)).toEqual(['window-1', 'window-2']);
});

test('a transaction is refused and not half done', async () => {
  const Put = { TableName, Item: { ...key('transacted') } };
  await expect(
    client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] })),
  ).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
  expect((await client.send(new GetItemCommand({ TableName, Key: key('transacted') }))).Item).toBeUndefined();
});

test('a member that dynalite would ignore is refused', async () => {
  const put = new PutItemCommand({
    TableName,
    Item: key('gate'),
    ConditionExpression: 'attribute_not_exists(migration)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  await expect(client.send(put)).rejects.toMatchObject({ name: 'ValidationException' });
});

// dynalite throws what nobody can catch when its store closes under a request: the run itself fails on that.
test('a close while requests are under way throws nowhere', async () => {
  for (let waitMs = 5; waitMs < 45; waitMs += 2) {
    const busy = await startDynamoDb();
    const writer = new DynamoDBClient({ ...sdkOptions(busy.endpoint), maxAttempts: 1 });
    await createHoldsTable(writer);
    const asked = Array.from({ length: 100 }, (_, at) =>
      at % 4 === 0
        ? writer.send(new ScanCommand({ TableName: holdsTable }))
        : writer.send(new PutItemCommand({ TableName: holdsTable, Item: { migration: { S: `m-${at}` } } })),
    );
    const settled = Promise.allSettled(asked);
    await sleep(waitMs);
    await busy.close();
    writer.destroy();
    await settled;
  }
});
