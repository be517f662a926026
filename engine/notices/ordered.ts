import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { brief } from './brief.ts';
import { claimedName, orders, usualPauseSeconds, type Order } from '../ledger/standing-order.ts';
import { shareText } from '../words/amounts.ts';
import { formatDuration } from '../words/duration.ts';
import type { ActionForPeople, Notice, DeploymentLinks } from './notice.ts';
import { command, consoleLink } from './wording.ts';

export const orderedFacts = z.object({
  about: z.literal('ordered'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  order: z.enum(orders),
  reason: z.string(),
  by: z.string(),
  forSeconds: z.exactOptional(z.number()),
  /** Null is the declared one. */
  dutyCycle: z.exactOptional(z.number().nullable()),
});
type Ordered = z.infer<typeof orderedFacts>;

const orderWords: {
  readonly [O in Order]: {
    readonly event: string;
    readonly done: string;
    readonly means: string;
    readonly heading: string;
    readonly otherwise?: (facts: Ordered) => string;
  };
} = {
  pause: {
    event: 'paused',
    done: 'was paused',
    heading: 'pause-a-migration',
    means:
      'Workers stop within seconds, no phase is begun, and both shapes stay equal. Gates, windows and alarms go on as before.',
    otherwise: ({ forSeconds = usualPauseSeconds }) =>
      `If nobody resumes it, it goes on by itself after ${formatDuration(forSeconds * 1000)}.`,
  },
  resume: {
    event: 'resumed',
    done: 'was resumed',
    heading: 'pause-a-migration',
    means: 'It goes on within a quarter of an hour, mostly within a minute.',
  },
  pace: {
    event: 'paced',
    done: 'was given another pace',
    heading: 'pause-a-migration',
    means: 'Its workers heed it within a second or two. All else is as before.',
  },
  abort: {
    event: 'aborted',
    done: 'was aborted',
    heading: 'abort-a-migration',
    means: 'It is being rolled back: reads first. Another message follows when that is done.',
  },
};

/** A person has steered a migration: everybody else hears who, and why. */
export function orderedNotice(facts: Ordered, place: DeploymentLinks): Notice {
  const { migration, order, reason, by } = facts;
  const { event, done, means, heading, otherwise } = orderWords[order];
  return {
    migration,
    target: facts.target,
    event,
    headline: `${keyOf(facts)} ${done} by ${claimedName(by)}`,
    said: [
      `Reason: ${reason}`,
      ...(facts.dutyCycle === undefined ? [] : [paceText(facts.dutyCycle)]),
      means,
      'The name is what the caller has given. CloudTrail knows who called, where it records the data events of Lambda.',
    ],
    sections: [],
    todo: [
      ...next(order, migration, place),
      { what: 'See its executions', link: consoleLink(place.migrationMachine) },
    ],
    ...(otherwise === undefined ? {} : { otherwise: otherwise(facts) }),
    heading,
    related: [place.migrationMachine],
  };
}

const paceText = (dutyCycle: number | null): string =>
  dutyCycle === null
    ? 'Workers work as the migration declares.'
    : `Workers work ${shareText(dutyCycle)} of the time.`;

const next = (order: Order, migration: string, place: DeploymentLinks): readonly ActionForPeople[] =>
  order === 'pause'
    ? [{ what: 'To let it go on', command: command(`resume ${migration}`, place, '--reason "…"') }]
    : [];
