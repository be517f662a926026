import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { claimedName, orders, type Order } from '../ledger/standing-order.ts';
import type { ActionForPeople, Notice, DeploymentLinks } from './notice.ts';
import { command, consoleLink } from './wording.ts';

export const orderedFacts = z.object({
  about: z.literal('ordered'),
  migration: z.string(),
  target: z.string(),
  order: z.enum(orders),
  reason: z.string(),
  by: z.string(),
});

const orderWords: {
  readonly [O in Order]: { readonly done: string; readonly means: string; readonly otherwise?: string };
} = {
  pause: {
    done: 'was paused',
    means:
      'Workers stop within seconds, no phase is begun, and both shapes stay equal. Gates, windows and alarms go on as before.',
    otherwise:
      'If nobody resumes it, the first step that waits for it gives up after two weeks, and it is rolled back.',
  },
  resume: { done: 'was resumed', means: 'It goes on within a quarter of an hour, mostly within a minute.' },
  abort: {
    done: 'was aborted',
    means: 'It is being rolled back: reads first. Another message follows when that is done.',
  },
};

/** A person has steered a migration: everybody else hears who, and why. */
export function orderedNotice(facts: z.infer<typeof orderedFacts>, place: DeploymentLinks): Notice {
  const { migration, order, reason, by } = facts;
  const { done, means, otherwise } = orderWords[order];
  return {
    migration,
    target: facts.target,
    event: order === 'pause' ? 'paused' : order === 'resume' ? 'resumed' : 'aborted',
    headline: `${keyOf(facts)} ${done} by ${claimedName(by)}`,
    said: [
      `Reason: ${reason}`,
      means,
      'The name is what the caller has given. CloudTrail knows who called, where it records the data events of Lambda.',
    ],
    sections: [],
    todo: [
      ...next(order, migration, place),
      { what: 'See its executions', link: consoleLink(place.migrationMachine) },
    ],
    ...(otherwise === undefined ? {} : { otherwise }),
    related: [place.migrationMachine],
  };
}

const next = (order: Order, migration: string, place: DeploymentLinks): readonly ActionForPeople[] =>
  order === 'pause'
    ? [{ what: 'To let it go on', command: command(`resume ${migration}`, place, '--reason "…"') }]
    : [];
