import type { Command } from 'commander';
import { Deployment } from '../aws/deployment.ts';
import { targetOf, withTarget, type TargetOptions } from '../aws/target.ts';
import type { Session } from '../session.ts';
import { closeupLines } from '../status/closeup-lines.ts';
import { lookAll, lookAt } from '../status/look.ts';
import { overviewLines } from '../status/overview-lines.ts';
import { watchAll, watchOne } from '../status/watch.ts';
import { UsageError } from '../usage-error.ts';

interface StatusOptions extends TargetOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `underpin status [MIGRATION]` */
export function status(program: Command, session: Session): void {
  withTarget(program.command('status'))
    .description(
      'Show all migrations, or all of one: phases, progress, what it waits for, alarms, what is left open.',
    )
    .argument('[migration]', 'one migration; without it, all of them')
    .option('--watch', 'show it again and again, until it is over')
    .option('--json', 'answer with one JSON document')
    .action(async (migration: string | undefined, options: StatusOptions) => {
      const { screen } = session;
      const { json = false, watch = false } = options;
      if (json && watch)
        throw new UsageError('--json gives one document and --watch many. Leave one of them out.');
      const deployment = new Deployment(await targetOf(options));
      const { target } = deployment;
      if (watch)
        return migration === undefined
          ? watchAll(deployment, session)
          : watchOne(deployment, migration, session);
      if (migration === undefined) {
        const look = await lookAll(deployment);
        if (json) return screen.line(JSON.stringify(look, null, 2));
        for (const line of overviewLines(look, screen, target.words)) screen.line(line);
        return;
      }
      const look = await lookAt(deployment, migration);
      if (json) return screen.line(JSON.stringify(look, null, 2));
      for (const line of closeupLines(look, { screen, target })) screen.line(line);
    });
}
