import { underpin } from '../command-name.ts';
import { confirm } from '@inquirer/prompts';
import type { Command } from 'commander';
import { wordsOfOrder, type Order } from '../../engine/ledger/standing-order.ts';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import { person } from '../person.ts';
import type { Session } from '../session.ts';
import { Refused } from '../refused.ts';
import { UsageError } from '../usage-error.ts';

interface OrderOptions extends AddressOptions {
  readonly reason: string;
  readonly yes?: boolean;
}

const orderWords: {
  readonly [O in Order]: { readonly does: string; readonly says: (name: string) => string };
} = {
  pause: {
    does: 'Make a migration wait: workers stop within seconds, and no step forward is begun. Reads stay where they are.',
    says: (name) =>
      `${name} pauses. Dual write goes on, reads stay where they are, and alarms still roll it back.`,
  },
  resume: { does: 'Let a paused migration go on.', says: (name) => `${name} goes on.` },
  abort: {
    does: 'Roll a migration back, wherever it is, out of a gate or a window too.',
    says: (name) => `${name} rolls back: reads first, then what must not stay. It can be started again.`,
  },
};

/** `underpin pause | resume | abort MIGRATION --reason TEXT` */
export function orders(program: Command, session: Session): void {
  for (const order of ['pause', 'resume', 'abort'] as const) {
    const command = withAddress(program.command(order))
      .description(orderWords[order].does)
      .argument('<migration>', 'its name')
      .requiredOption('--reason <text>', 'why; it shows wherever the order shows');
    if (order === 'abort') command.option('--yes', 'do not ask whether it is meant');
    command.action((migration: string, options: OrderOptions) => give(order, migration, options, session));
  }
}

async function give(
  order: Order,
  migration: string,
  options: OrderOptions,
  { screen }: Session,
): Promise<void> {
  const { reason } = options;
  if (reason.trim() === '') throw new UsageError('--reason is empty. Say why; people are notified.');
  const deployment = new Deployment(await addressOf(options));
  if (order === 'abort' && options.yes !== true) {
    if (!screen.interactive)
      throw new UsageError(
        'abort rolls back at once, and there is no terminal to ask at. Say that it is meant: --yes',
      );
    if (!(await confirm({ message: `Roll ${migration} back?`, default: false })))
      throw new Refused('Nothing was ordered.');
  }
  const was = await deployment.steer({ migration, order, reason, by: person() });
  const { words } = deployment.address;
  const changes = was !== (order === 'resume' ? null : order);
  screen.line(changes ? orderWords[order].says(migration) : await unchanged(order, migration, deployment));
  screen.line(`To follow it: ${underpin} status ${migration} --watch${words}`);
}

/** Who has given the order before, and why; theirs is the one that stands. */
async function unchanged(order: Order, migration: string, deployment: Deployment): Promise<string> {
  if (order === 'resume') return `Nothing changes: ${migration} was not paused.`;
  const { migrations } = await deployment.describe();
  const standing = migrations.find(({ name }) => name === migration)?.order;
  const before = standing ? wordsOfOrder(standing) : `was told to ${order} before`;
  return `Nothing changes: ${migration} ${standing ? 'is ' : ''}${before}.`;
}
