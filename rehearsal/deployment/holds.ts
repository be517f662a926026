import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

export const holdsTable = 'underpin-holds';

/** The table of holds: one item a migration of a target, its latest hold. */
export async function createHoldsTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: holdsTable,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}
