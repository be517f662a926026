import { underpin } from '../command-name.ts';
import type { Registers } from '../listed-command.ts';
import {
  longestPauseSeconds,
  usualPauseSeconds,
  wordsOfOrder,
  type GivenOrder,
  type Order,
} from '../../engine/ledger/standing-order.ts';
import { shareText } from '../../engine/words/amounts.ts';
import { formatDuration, parseDuration } from '../../engine/words/duration.ts';
import { Deployment } from '../aws/deployment.ts';
import { addressOf, withAddress, type AddressOptions } from '../aws/address.ts';
import { person } from '../person.ts';
import type { Session } from '../session.ts';
import { Refused } from '../refused.ts';
import { UsageError } from '../usage-error.ts';

interface OrderOptions extends AddressOptions {
  readonly reason: string;
  readonly yes?: boolean;
  readonly for?: string;
  readonly dutyCycle?: string;
  readonly asDeclared?: boolean;
}

const orderWords: { readonly [O in Order]: (name: string, given: Measure) => string } = {
  pause: (name, { forSeconds = usualPauseSeconds }) =>
    `${name} pauses for ${formatDuration(forSeconds * 1000)}, then it goes on by itself. Dual write goes on, reads stay where they are, and alarms still roll it back.`,
  resume: (name) => `${name} goes on.`,
  abort: (name) => `${name} rolls back: reads first, then what must not stay. It can be started again.`,
  pace: (name, { dutyCycle = null }) =>
    dutyCycle === null
      ? `The workers of ${name} work as it declares.`
      : `The workers of ${name} work ${shareText(dutyCycle)} of the time from now on, within a second or two.`,
};

/** `underpin pause | resume | abort | pace MIGRATION --reason TEXT` */
export const orderCommand =
  (order: Order): Registers =>
  (command, session) => {
    withAddress(command)
      .argument('<migration>', 'its name')
      .requiredOption('--reason <text>', 'why; it shows wherever the order shows');
    if (order === 'pause')
      command.option('--for <duration>', 'how long, such as 45m or 2d; then it goes on by itself', '1d');
    if (order === 'pace')
      command
        .option('--duty-cycle <share>', 'the share of time that a worker works, from 0.05 to 1')
        .option('--as-declared', 'what the migration itself declares');
    if (order === 'abort') command.option('--yes', 'do not ask whether it is meant');
    command.action((migration: string, options: OrderOptions) => give(order, migration, options, session));
  };

async function give(
  order: Order,
  migration: string,
  options: OrderOptions,
  { screen }: Session,
): Promise<void> {
  const { reason } = options;
  if (reason.trim() === '') throw new UsageError('--reason is empty. Say why; people are notified.');
  const measure = measureOf(order, options);
  const deployment = new Deployment(await addressOf(options));
  if (order === 'abort' && options.yes !== true) {
    if (!screen.interactive)
      throw new UsageError(
        'abort rolls back at once, and there is no terminal to ask at. Say that it is meant: --yes',
      );
    const { confirm } = await import('@inquirer/prompts');
    if (!(await confirm({ message: `Roll ${migration} back?`, default: false })))
      throw new Refused('Nothing was ordered.');
  }
  const was = await deployment.steer({ migration, order, reason, by: person(), ...measure });
  const { words } = deployment.address;
  const changes = order === 'pace' || was !== (order === 'resume' ? null : order);
  screen.line(
    changes ? orderWords[order](migration, measure) : await unchanged(order, migration, deployment),
  );
  screen.line(`To follow it: ${underpin} status ${migration} --watch${words}`);
}

/** How long a pause lasts, and how much workers work. */
type Measure = Pick<GivenOrder, 'forSeconds' | 'dutyCycle'>;

function measureOf(
  order: Order,
  { for: duration = '', dutyCycle: share, asDeclared }: OrderOptions,
): Measure {
  if (order === 'pause') return { forSeconds: pauseSeconds(duration) };
  if (order !== 'pace') return {};
  if ((share === undefined) === (asDeclared !== true))
    throw new UsageError('Say one of --duty-cycle, such as 0.2, and --as-declared.');
  if (share === undefined) return { dutyCycle: null };
  const dutyCycle = Number(share);
  if (!(dutyCycle >= 0.05 && dutyCycle <= 1))
    throw new UsageError(`--duty-cycle is ${share}. Write 0.05 at the least and 1 at the most.`);
  return { dutyCycle };
}

function pauseSeconds(duration: string): number {
  const seconds = (parseDuration(duration) ?? Number.NaN) / 1000;
  if (!(seconds >= 60 && seconds <= longestPauseSeconds))
    throw new UsageError(`--for is "${duration}". Write a duration from 1m to 14d, such as 45m or 2d.`);
  return Math.round(seconds);
}

/** Who has given the order before, and why; theirs is the one that stands. */
async function unchanged(order: Order, migration: string, deployment: Deployment): Promise<string> {
  if (order === 'resume') return `Nothing changes: ${migration} was not paused.`;
  const { migrations } = await deployment.describe();
  const standing = migrations.find(({ name }) => name === migration)?.order;
  const before = standing ? wordsOfOrder(standing) : `was told to ${order} before`;
  return `Nothing changes: ${migration} ${standing ? 'is ' : ''}${before}.`;
}
