import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment } from '../aws/deployment.ts';
import { isRehearsal, addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import type { Session } from '../session.ts';
import { closeupLines } from '../status/closeup-lines.ts';
import { alignedLines } from '../status/aligned-lines.ts';
import { readOverview, readCloseup } from '../status/look.ts';
import { overviewLines } from '../status/overview-lines.ts';
import { watchAll, watchOne } from '../status/watch.ts';
import { isAnnounced } from '../rehearsal-notice.ts';
import type { Screen } from '../screen.ts';
import { UsageError } from '../usage-error.ts';

interface StatusOptions extends AddressOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `underpin status [MIGRATION]` */
export function status(command: Command, session: Session): void {
  withAddress(command)
    .argument('[migration]', 'one migration; without it, all of them')
    .option('--watch', 'show it again and again, until it is over')
    .option('--json', 'answer with one JSON document')
    .action(async (migration: string | undefined, options: StatusOptions) => {
      const { screen } = session;
      const { json = false, watch = false } = options;
      if (json && watch)
        throw new UsageError('--json gives one document and --watch many. Leave one of them out.');
      if (watch && isRehearsal(options) && options.rehearsalPid === undefined)
        await rehearsalAnnounced(screen);
      const deployment = new Deployment(await addressOf(options));
      const { address } = deployment;
      if (watch) {
        const one = migration ?? (await onlyMigration(deployment));
        return one === null ? watchAll(deployment, session) : watchOne(deployment, one, session);
      }
      if (migration === undefined) {
        const look = await readOverview(deployment);
        if (json) return screen.line(JSON.stringify(look, null, 2));
        for (const line of alignedLines(overviewLines(look, screen, address.words), screen))
          screen.line(line);
        return;
      }
      const look = await readCloseup(deployment, migration);
      if (json) return screen.line(JSON.stringify(look, null, 2));
      for (const line of alignedLines(closeupLines(look, { screen, address }), screen)) screen.line(line);
    });
}

/** With one migration there is nothing to compare it with: it is shown in full. */
async function onlyMigration(deployment: Deployment): Promise<string | null> {
  const { rehearsal } = deployment.address;
  if (rehearsal !== null) return rehearsal.migration;
  const { targets } = await deployment.describeAll();
  const [only, another] = targets;
  return another === undefined && only?.migrations.length === 1 ? (only.migrations[0]?.name ?? null) : null;
}

const pollMs = 500;

/** A rehearsal needs some seconds before it can be asked; whoever watches is early. */
async function rehearsalAnnounced(screen: Screen): Promise<void> {
  let told = false;
  while (!(await isAnnounced())) {
    if (!told) screen.note('No rehearsal can be asked yet. Waiting for one; Ctrl-C ends it.');
    told = true;
    await sleep(pollMs);
  }
}
