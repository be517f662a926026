import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDynamoDb, type DynamoDb } from '../../rehearsal/cloud/dynamodb.ts';
import { createHoldsTable, holdsTable } from '../../rehearsal/deployment/holds.ts';
import { play } from './played-migration.ts';

// A snapshot knows what was when it was taken: its ledger stands at an older epoch than the holds beside it, which are in
// DynamoDB.

describe('holds of a database that was restored from an older snapshot', () => {
  let dynamoDb: DynamoDb;
  let client: DynamoDBClient;
  beforeAll(async () => {
    dynamoDb = await startDynamoDb();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ endpoint: dynamoDb.endpoint, region: 'us-east-1', credentials });
    await createHoldsTable(client);
  });
  afterAll(async () => {
    client.destroy();
    await dynamoDb.close();
  });

  const lastHold = async (): Promise<readonly unknown[]> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: holdsTable, Key: { id: { S: 'm@shop' } }, ConsistentRead: true }),
    );
    return [Item?.['hold']?.S, Item?.['epoch']?.N];
  };
  // Windows that end only when somebody answers their hold: one that is not taken cannot be answered.
  const long = {
    bakeSeconds: 30_000,
    quarantineSeconds: 30_000,
    segments: [{ segment: 1, seconds: 30_000 }],
  };
  const approved: Readonly<Record<string, 'approve'>> = {
    'bake-50': 'approve',
    'bake-100': 'approve',
    'confidence-1': 'approve',
    quarantine: 'approve',
  };
  const started = (epoch: number, daysLater: number) =>
    play({ dynamoDb: dynamoDb.endpoint, daysLater, plan: { ...long, epoch }, answers: approved });

  test('are taken by the next start, although its epoch is older, and not by a start from before', async () => {
    expect((await started(9, 1)).status).toBe('SUCCEEDED');
    expect(await lastHold()).toEqual(['quarantine', '9']);
    expect((await started(3, 2)).status).toBe('SUCCEEDED');
    expect(await lastHold()).toEqual(['quarantine', '3']);
    const before = await started(9, 1);
    expect(before.given('FenceWorkers')).toMatchObject([
      { failure: { error: { Error: 'DynamoDb.ConditionalCheckFailedException' } } },
    ]);
    expect(await lastHold()).toEqual(['quarantine', '3']);
  });
});
