import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskFailureCommand, SFNClient } from '@aws-sdk/client-sfn';
import { callAws } from './aws-errors.ts';
import { environment } from './environment.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';

// What Step Functions says of a token that somebody else has answered, or whose time is up.
const answered = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/** The gates and windows: one item a migration, its latest hold. */
export class Holds {
  constructor(
    private readonly dynamoDb: DynamoDBClient,
    private readonly sfn: SFNClient,
    private readonly table: string,
  ) {}

  /**
   * Fails the hold that a migration has taken, so that it is rolled back from there at once. Gives false where it has
   * taken none, or one of its rollback: that is nobody's to fail.
   */
  async failOpen(migration: string, error: string, cause: string): Promise<boolean> {
    const { Item } = await callAws(
      this.dynamoDb.send(
        new GetItemCommand({
          TableName: this.table,
          Key: { migration: { S: migration } },
          ConsistentRead: true,
        }),
      ),
    );
    const [state, kind, taskToken] = [Item?.['state']?.S, Item?.['kind']?.S, Item?.['token']?.S];
    if (state !== 'open' || kind === 'cleanup' || taskToken === undefined) return false;
    return this.fail(taskToken, error, cause);
  }

  private async fail(taskToken: string, error: string, cause: string): Promise<boolean> {
    try {
      await callAws(this.sfn.send(new SendTaskFailureCommand({ taskToken, error, cause })));
      return true;
    } catch (refused) {
      if (refused instanceof Error && answered.has(refused.name)) return false;
      throw refused;
    }
  }
}

export const holds = once(
  () =>
    new Holds(
      tracedClient(new DynamoDBClient()),
      tracedClient(new SFNClient()),
      environment().UNDERPIN_HOLDS_TABLE,
    ),
);
