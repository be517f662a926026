import { DynamoDBClient, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { keyOf } from '../../engine/words/target.ts';
import { callAws } from './aws-errors.ts';
import { environment } from './environment.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import { perTarget } from './targets.ts';

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const answeredGate = z.object({
  hold: text,
  decision: text.pipe(z.enum(['approve', 'reject'])),
  reason: text,
  /** ARN of the decide execution: CloudTrail knows who started it. */
  decidedBy: text,
  decidedAt: text,
  /** Hash of the evidence that the gate showed. */
  decidedOn: text,
});
/** What a person has answered to a gate, as the decide machine has recorded it. */
export type AnsweredGate = z.infer<typeof answeredGate>;

/** The gates of a target's migrations, in the table of holds. */
export class Gates {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
    private readonly target: string,
  ) {}

  /**
   * Ends the gate that an execution has taken last, so that nobody answers it any more, and gives what a person has
   * answered by then; null where nobody has, or where a gate is not what it took last.
   */
  async end(migration: string, execution: string): Promise<AnsweredGate | null> {
    return answeredGate.safeParse(await this.ended(migration, execution)).data ?? null;
  }

  private async ended(
    migration: string,
    execution: string,
  ): Promise<Readonly<Record<string, AttributeValue>> | undefined> {
    const update = new UpdateItemCommand({
      TableName: this.table,
      Key: { id: { S: keyOf({ migration, target: this.target }) } },
      UpdateExpression: 'SET #state = :ended',
      ConditionExpression: '#execution = :execution AND #kind = :gate',
      ExpressionAttributeNames: { '#state': 'state', '#execution': 'execution', '#kind': 'kind' },
      ExpressionAttributeValues: {
        ':ended': { S: 'ended' },
        ':execution': { S: execution },
        ':gate': { S: 'gate' },
      },
      ReturnValues: 'ALL_NEW',
    });
    try {
      return (await callAws(this.client.send(update))).Attributes;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }
}

const client = once(() => tracedClient(new DynamoDBClient()));

export const gates = perTarget(({ name }) => new Gates(client(), environment().UNDERPIN_HOLDS_TABLE, name));
