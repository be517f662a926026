import type { Command } from 'commander';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import type { Session } from '../session.ts';
import { Refused } from '../refused.ts';
import { blindRunbook } from '../runbook/blind.ts';
import { irreversible, runbook as rollbackRunbook, sqlScript } from '../runbook/runbook.ts';
import { readCloseup } from '../status/look.ts';

interface RunbookOptions extends AddressOptions {
  readonly sql?: boolean;
}

/** `underpin runbook MIGRATION` */
export function runbook(command: Command, { screen }: Session): void {
  withAddress(command)
    .argument('<migration>', 'its name')
    .option('--sql', 'only the SQL of the rollback, as a script for psql')
    .action(async (migration: string, options: RunbookOptions) => {
      const deployment = new Deployment(await addressOf(options));
      const blind = await blindly(deployment, migration);
      if (blind !== null) {
        if (options.sql === true)
          throw new Refused(
            'The ledger cannot be read, and the SQL of the rollback is in it. Without --sql this says how to get it by psql.',
          );
        return blind.forEach((line) => screen.line(line));
      }
      const look = await readCloseup(deployment, migration);
      const gone = irreversible(look.migration);
      if (options.sql === true && gone !== null) throw new Refused(`There is no way back: ${gone}.`);
      const lines =
        options.sql === true
          ? sqlScript(look.migration, look.surroundings)
          : rollbackRunbook(look, deployment.address);
      for (const line of lines) screen.line(line);
    });
}

/** null where the ledger can be read. */
async function blindly(deployment: Deployment, migration: string): Promise<readonly string[] | null> {
  const { surroundings, ledger } = await deployment.describe();
  if (typeof ledger !== 'object') return null;
  const hold = await deployment.lastHold(surroundings, migration);
  const started = await deployment.newestStart(surroundings, migration);
  return blindRunbook(
    migration,
    {
      unreadable: ledger.unreadable,
      surroundings,
      execution: hold?.execution ?? started?.arn ?? 'by hand',
      hold: hold?.state === 'open' ? hold.hold : null,
    },
    deployment.address,
  );
}
