import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import { keyOf } from '../../engine/words/target.ts';
import { environment } from './environment.ts';
import { holdOf, isOpen, projection, type Hold } from './hold-item.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

/** What a target's migrations wait at, for whoever looks: nothing here can answer a hold. */
export class OpenHolds {
  constructor(
    private readonly dynamoDb: DynamoDBClient,
    private readonly table: string,
    private readonly target: string,
  ) {}

  /** The latest hold of a migration; undefined where it never waited. */
  async latest(migration: string): Promise<Hold | undefined> {
    const { Item } = await this.dynamoDb.send(
      new GetItemCommand({
        TableName: this.table,
        Key: { id: { S: keyOf({ migration, target: this.target }) } },
        ConsistentRead: true,
        ...projection,
      }),
    );
    return Item === undefined ? undefined : holdOf(Item);
  }

  /** What it waits at now; undefined where it works, or is over. */
  async open(migration: Pick<MigrationSummary, 'name' | 'status' | 'epoch'>): Promise<Hold | undefined> {
    const hold = await this.latest(migration.name);
    return hold !== undefined && isOpen(hold, migration, new Date()) ? hold : undefined;
  }
}

const client = once(() => tracedClient(new DynamoDBClient()));

export const openHolds = perTarget(
  ({ name }) => new OpenHolds(client(), environment().UNDERPIN_HOLDS_TABLE, name),
);
