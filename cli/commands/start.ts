import { underpin } from '../command-name.ts';
import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetDescription } from '../../engine/ledger/description.ts';
import { consoleLink } from '../../engine/notices/wording.ts';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import type { Session } from '../session.ts';
import { Refused } from '../refused.ts';
import { isAbandoned, refuseUnreadable } from '../status/look.ts';
import { watchOne } from '../status/watch.ts';

interface StartOptions extends AddressOptions {
  readonly wait: boolean;
  readonly watch?: boolean;
}

/** `underpin start MIGRATION` */
export function start(command: Command, session: Session): void {
  withAddress(command)
    .argument('<migration>', "its name: the file's, without number and ending")
    .option('--no-wait', 'do not wait until it was planned and has begun')
    .option('--watch', 'go on as `status --watch` until it is over')
    .action(async (migration: string, options: StartOptions) => {
      const { screen } = session;
      const deployment = new Deployment(await addressOf(options));
      const { address } = deployment;
      const description = await deployment.describe();
      await refuse(deployment, description, migration);
      const execution = await deployment.start(description.surroundings, migration);
      screen.line(`Started ${migration}: ${address.rehearsal === null ? consoleLink(execution) : execution}`);
      if (options.wait) screen.line(await begun(deployment, migration, execution));
      if (options.watch === true) return watchOne(deployment, migration, session);
      screen.line(`To follow it: ${underpin} status ${migration} --watch${address.words}`);
    });
}

async function refuse(
  deployment: Deployment,
  { surroundings, ledger, migrations }: TargetDescription,
  name: string,
): Promise<void> {
  refuseUnreadable(ledger, deployment.address);
  const { words } = deployment.address;
  const known = migrations.find((it) => it.name === name);
  if (known?.status === 'completed')
    throw new Refused(`${name} was completed already. A new change needs a new migration file.`);
  if (known?.status === 'running') {
    const execution = (await deployment.execution(known.execution)) ?? null;
    if (!isAbandoned(known, execution))
      throw new Refused(
        `${name} is running already, in phase ${known.phase}. See it: ${underpin} status ${name}${words}`,
      );
  }
  // Others only tell; that one sends back whatever is under way on this target.
  const on = (await deployment.alarmsOn([surroundings])).map((alarm) => alarm.name);
  if (on.includes(surroundings.guardrailAlarm))
    throw new Refused(
      `A guardrail is breached, and a migration would go back at once: ${on.join(', ')}. docs/runbook.md says what to do about each; then start again.`,
    );
}

const pollMs = 1000;
const patienceMs = 120_000;

/** Waits until the execution has the migration. Raises Refused with its own words where it ends instead. */
async function begun(deployment: Deployment, migration: string, execution: string): Promise<string> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(pollMs)) {
    const state = await deployment.execution(execution);
    if (state !== undefined && state.status !== 'RUNNING' && state.status !== 'SUCCEEDED')
      throw new Refused(
        `${migration} did not start: ${state.error ?? state.status}. ${state.cause ?? ''}`.trim(),
      );
    const { migrations } = await deployment.describe();
    const now = migrations.find(({ name }) => name === migration);
    if (now?.execution === execution) return `It is planned and has begun: ${now.goal}`;
  }
  return 'It is still being planned.';
}
