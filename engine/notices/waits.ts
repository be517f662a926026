import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { brief } from './brief.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { command, deadline, openExecution } from './wording.ts';

export const waitsFacts = z.object({
  about: z.literal('waits'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  goal: z.string(),
  reason: z.string(),
  waitSeconds: z.number(),
  at: z.string(),
  execution: z.string(),
});

/** Started outside of its change window. */
export function waitsNotice(facts: z.infer<typeof waitsFacts>, place: DeploymentLinks): Notice {
  const { migration, goal, reason, waitSeconds, at, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'waits',
    headline: `${keyOf(facts)} waits for its change window`,
    said: [goal, `It is planned and claimed, and nothing is changed yet: ${reason}.`],
    sections: [],
    todo: [
      { what: 'To call it off', command: command(`abort ${migration}`, place, '--reason "…"') },
      openExecution(execution),
    ],
    otherwise: `Nothing has to be done: it begins by itself at ${deadline(at, waitSeconds)}.`,
    heading: 'when-it-waits-for-its-change-window',
    related: [execution],
  };
}
