import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendTaskFailureCommand, SFNClient } from '@aws-sdk/client-sfn';
import { keyOf } from '../../engine/words/target.ts';
import { callAws } from './aws-errors.ts';
import { environment } from './environment.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

// What Step Functions says of a token that somebody else has answered, or whose time is up.
const answered = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/** The gates and windows of a target's migrations: one item each, its latest hold. */
export class Holds {
  constructor(
    private readonly dynamoDb: DynamoDBClient,
    private readonly sfn: SFNClient,
    private readonly table: string,
    private readonly target: string,
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
          Key: { id: { S: keyOf({ migration, target: this.target }) } },
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

const clients = once(() => ({
  dynamoDb: tracedClient(new DynamoDBClient()),
  sfn: tracedClient(new SFNClient()),
}));

export const holds = perTarget(({ name }) => {
  const { dynamoDb, sfn } = clients();
  return new Holds(dynamoDb, sfn, environment().UNDERPIN_HOLDS_TABLE, name);
});
