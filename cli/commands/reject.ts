import { underpin } from '../command-name.ts';
import type { Command } from 'commander';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { waitingHold } from '../waiting-hold.ts';

interface RejectOptions extends AddressOptions {
  readonly migration?: string;
  readonly reason: string;
}

/** `underpin reject GATE --reason TEXT` */
export function reject(command: Command, { screen }: Session): void {
  withAddress(command)
    .argument('<gate>', 'as `status` names it: read-switch, contract, bake-25, …')
    .option('--migration <migration>', 'whose, where more than one waits')
    .requiredOption('--reason <text>', 'why; people are notified')
    .action(async (gate: string, options: RejectOptions) => {
      const { migration, reason } = options;
      if (reason.trim() === '') throw new UsageError('--reason is empty. Say why; people are notified.');
      const deployment = new Deployment(await addressOf(options));
      const description = await deployment.describe();
      // With the database away, the decide machine still knows what waits; the reads can go back.
      const blind = typeof description.ledger === 'object' && migration !== undefined;
      const of = blind
        ? migration
        : (await waitingHold(deployment, description, { hold: gate, migration })).migration.name;
      await deployment.decide(description.surroundings, {
        migration: of,
        hold: gate,
        decision: 'reject',
        reason,
      });
      const { words } = deployment.address;
      screen.line(
        gate === 'remove-new-shape'
          ? `Rejected. The new shape of ${of} stays.`
          : `Rejected. ${of} rolls back: reads first, then what must not stay. To follow it: ${underpin} status ${of} --watch${words}`,
      );
    });
}
