import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { DeploymentResources } from '../../engine/ledger/description.ts';
import type { Address } from '../aws/address.ts';
import { AwsCommands, shellQuoted } from './aws-commands.ts';

/** What can still be done when the ledger cannot be read: the reads can always go back. As lines of Markdown. */
export function blindRunbook(
  migration: string,
  {
    unreadable,
    surroundings,
    execution,
    hold,
  }: {
    readonly unreadable: string;
    readonly surroundings: DeploymentResources;
    /** ARN, of the execution that has the migration as far as is known. */
    readonly execution: string;
    /** What it waited at last. */
    readonly hold: string | null;
  },
  address: Address,
): readonly string[] {
  const { client, byHand } = dialectOf(surroundings.engine);
  const aws = new AwsCommands(address, surroundings);
  const rejection = { migration, hold: hold ?? 'HOLD', decision: 'reject', reason: 'why' };
  return [
    `# ${migration}: the way back while the ledger cannot be read`,
    '',
    `The database answers the Data API with ${unreadable}. The state machine goes on trying by itself. Reads can go back without it:`,
    '',
    '```sh',
    ...aws.preparation(),
    ...(hold === null
      ? []
      : [
          '# It waited here last. Refused, it rolls back, as far as the database lets it:',
          aws.decide(rejection),
        ]),
    '# By the function that the state machine calls:',
    aws.invoke('switch-reads-back', { migration, execution }),
    '# Without any function of Underpin:',
    ...aws.readsBack(migration, true),
    '```',
    '',
    `If ${client.name} still reaches database ${surroundings.database} of ${surroundings.cluster}, this shows what stands and how it is undone.`,
    '**If quarantine is among it, undo that before any read goes back.**',
    '',
    '```sh',
    client.command(surroundings.database, shellQuoted(byHand.plannedUndo(migration))),
    '```',
  ];
}
