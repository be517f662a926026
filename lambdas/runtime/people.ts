import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import type { Breach } from '../../engine/notices/breached.ts';
import { messageOf } from '../../engine/notices/message.ts';
import { compose, type Facts } from '../../engine/notices/notices.ts';
import type { DeploymentLinks } from '../../engine/notices/notice.ts';
import { callAws } from './aws-errors.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';
import type { Target } from './targets.ts';

/** The database that a notice is about, and which of its guardrails were over their limits. */
interface Concerned {
  readonly target: Pick<Target, 'cluster' | 'database'>;
  readonly breaches?: readonly Breach[];
}

/** Whoever has subscribed to what Underpin tells. */
export class People {
  constructor(
    private readonly client: SNSClient,
    private readonly topic: string,
    private readonly place: Omit<DeploymentLinks, 'cluster' | 'database'>,
  ) {}

  /** Tells all of them, each by their own protocol, and gives the message's id. Raises TransientAwsError. */
  async notify(facts: Facts, { target, breaches = [] }: Concerned): Promise<string> {
    const { cluster, database } = target;
    const named = { cluster: cluster.split(':').at(-1) ?? cluster, database };
    const { subject, body } = messageOf(compose(facts, { ...this.place, ...named }, breaches));
    const { MessageId = '' } = await callAws(
      this.client.send(
        new PublishCommand({
          TopicArn: this.topic,
          Subject: subject,
          Message: body,
          MessageStructure: 'json',
        }),
      ),
    );
    return MessageId;
  }
}

// What only those functions know that notify people something; whoever deploys sets these.
const environment = z.object({
  UNDERPIN_TOPIC_ARN: z.string().min(1),
  UNDERPIN_MIGRATION_MACHINE: z.string().min(1),
  UNDERPIN_DECIDE_MACHINE: z.string().min(1),
  /** By which the command line finds this deployment: `--name underpin`. */
  UNDERPIN_COMMAND_OPTIONS: z.string().min(1),
  /** What links to the runbook begin with. */
  UNDERPIN_RUNBOOK: z.string().min(1),
});
export type PeopleEnvironment = z.infer<typeof environment>;

/** The subscribers of this deployment. Raises an error for variables that are missing. */
export const people = once(() => {
  const found = environment.parse(process.env);
  return new People(tracedClient(new SNSClient()), found.UNDERPIN_TOPIC_ARN, {
    decideMachine: found.UNDERPIN_DECIDE_MACHINE,
    migrationMachine: found.UNDERPIN_MIGRATION_MACHINE,
    options: found.UNDERPIN_COMMAND_OPTIONS,
    runbook: found.UNDERPIN_RUNBOOK,
  });
});
