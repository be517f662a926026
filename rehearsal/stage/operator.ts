import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { verdicts, type Verdict } from '../../engine/evidence/verdict.ts';
import { keyOf, type TargetedMigration } from '../../engine/words/target.ts';
import { holdsTable } from '../deployment/holds.ts';

export type Decision = 'approve' | 'reject';

/** A gate that waits, and what its evidence says. Incomplete evidence keeps it shut, whoever approves. */
export interface WaitingGate {
  readonly hold: string;
  readonly token: string;
  readonly open: boolean;
  /** Of the evidence that it shows; a decision names it. */
  readonly hash: string | undefined;
  readonly items: readonly ShownItem[];
}

/** One item of its evidence. */
export interface ShownItem {
  readonly verdict: Verdict;
  readonly says: string;
}

const holdItem = z.object({
  hold: z.object({ S: z.string() }),
  kind: z.object({ S: z.string() }),
  state: z.object({ S: z.string() }),
  token: z.object({ S: z.string() }),
  evidence: z.object({ S: z.string() }).optional(),
});

const evidence = z.object({
  open: z.boolean(),
  hash: z.string(),
  items: z.array(z.object({ what: z.string(), measured: z.string(), verdict: z.enum(verdicts) })),
});

/** The person at the gates: decides by starting the decide machine, as on AWS. */
export class Operator {
  constructor(
    private readonly sfn: SFNClient,
    private readonly dynamoDb: DynamoDBClient,
    private readonly decideMachine: string,
    private readonly of: TargetedMigration,
  ) {}

  /** The gate that waits now; undefined where none does. */
  async waiting(): Promise<WaitingGate | undefined> {
    const { Item } = await this.dynamoDb.send(
      new GetItemCommand({
        TableName: holdsTable,
        Key: { id: { S: keyOf(this.of) } },
        ConsistentRead: true,
      }),
    );
    if (!Item) return undefined;
    const item = holdItem.parse(Item);
    if (item.state.S !== 'open' || item.kind.S === 'window') return undefined;
    const shown =
      item.evidence === undefined
        ? { open: true, hash: undefined, items: [] }
        : evidence.parse(JSON.parse(item.evidence.S));
    return {
      hold: item.hold.S,
      token: item.token.S,
      open: shown.open,
      hash: shown.hash,
      items: shown.items.map(({ what, measured, verdict }) => ({ verdict, says: `${what}: ${measured}` })),
    };
  }

  /** Answers a gate as it was seen; an approval also says that the way back was understood. */
  async decide({ hold, hash }: WaitingGate, decision: Decision, reason: string): Promise<void> {
    await this.sfn.send(
      new StartExecutionCommand({
        stateMachineArn: this.decideMachine,
        input: JSON.stringify({
          ...this.of,
          hold,
          decision,
          reason,
          ...(hash === undefined ? {} : { evidence: hash }),
          ...(decision === 'approve' ? { acknowledgeRollback: true } : {}),
        }),
      }),
    );
  }
}
