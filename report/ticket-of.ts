import type { Settings } from '../engine/plan/settings.ts';
import { shareText } from '../engine/words/amounts.ts';
import type { Fact, Report } from './report.ts';
import { duration } from './wording.ts';

export interface Execution {
  readonly arn: string;
  readonly startedBy: string | null;
  readonly from: string;
  readonly to: string;
}

/** The change ticket of an execution. */
export function ticketOf(
  settings: Settings,
  { arn, ...when }: Execution,
  further: readonly Fact[] = [],
): Report['ticket'] {
  const { goal, owner = null, ticket = null, deadline = null, table } = settings;
  const { kind, ...change } = settings.change;
  return {
    goal,
    owner,
    ticket,
    deadline,
    table: `${table.schema}.${table.name}`,
    change: {
      kind,
      facts: inOrder(Object.entries(change)).map(([name, value]) => ({
        name,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      })),
    },
    execution: arn,
    ...when,
    settings: [...factsOf(settings), ...further],
  };
}

// A ledger keeps keys in an order of its own; people read them in this one.
const order = ['column', 'from', 'to', 'type', 'up', 'down', 'default', 'backfill'];
const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
const inOrder = <T>(entries: readonly [string, T][]): readonly [string, T][] =>
  entries.toSorted(([a], [b]) => place(a) - place(b));

const lasting = (seconds: number): string => duration(seconds * 1000);

const factsOf = ({ reads, confidence, contract, gates, onRollback }: Settings): readonly Fact[] => [
  { name: 'Read ramp', value: `${reads.ramp.join(', ')} % of reads, ${lasting(reads.bakeSeconds)} each` },
  {
    name: 'Confidence',
    value:
      `${lasting(confidence.windowSeconds)}, all rows compared every ${lasting(confidence.reconcileEverySeconds)}` +
      (confidence.dutyCycle === undefined ? '' : ` by ${shareText(confidence.dutyCycle)} of the time`),
  },
  { name: 'Quarantine', value: lasting(contract.quarantineSeconds) },
  { name: 'Gates', value: gates.length === 0 ? 'none' : gates.join(', ') },
  { name: 'On rollback', value: onRollback === 'remove' ? 'the new shape goes too' : 'the new shape stays' },
];
