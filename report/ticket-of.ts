import * as z from 'zod';
import type { Fact, Report } from './report.ts';
import { duration } from './wording.ts';

// What a spec says in the ledger, as far as a reader of the report asks for it.
const declared = z.object({
  goal: z.string(),
  owner: z.string().optional(),
  ticket: z.string().optional(),
  deadline: z.string().optional(),
  table: z.object({ schema: z.string(), name: z.string() }),
  change: z.looseObject({ kind: z.string() }),
  backfill: z.object({ parallelism: z.number() }),
  reads: z.object({ ramp: z.array(z.number()), bakeSeconds: z.number() }),
  confidence: z.object({ windowSeconds: z.number(), reconcileEverySeconds: z.number() }),
  contract: z.object({ quarantineSeconds: z.number() }),
  gates: z.array(z.string()),
  onRollback: z.string(),
  lockTimeoutMs: z.number(),
});
export type Declared = z.infer<typeof declared>;

/** A migration's settings as they stand in the ledger. Raises zod's error for what is none. */
export const declaredIn = (settings: unknown): Declared => declared.parse(settings);

export interface Execution {
  readonly arn: string;
  readonly startedBy: string | null;
  readonly from: string;
  readonly to: string;
}

/** The change ticket of an execution. */
export function ticketOf(
  settings: Declared,
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

const factsOf = ({ reads, confidence, contract, gates, onRollback }: Declared): readonly Fact[] => [
  { name: 'Read ramp', value: `${reads.ramp.join(', ')} % of reads, ${lasting(reads.bakeSeconds)} each` },
  {
    name: 'Confidence',
    value: `${lasting(confidence.windowSeconds)}, all rows compared every ${lasting(confidence.reconcileEverySeconds)}`,
  },
  { name: 'Quarantine', value: lasting(contract.quarantineSeconds) },
  { name: 'Gates', value: gates.length === 0 ? 'none' : gates.join(', ') },
  { name: 'On rollback', value: onRollback === 'remove' ? 'the new shape goes too' : 'the new shape stays' },
];
