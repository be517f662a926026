import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { brief } from './brief.ts';
import { failure } from '../words/failure.ts';
import { wordsOfFailure } from './failure.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { command, openExecution } from './wording.ts';

export const didNotStartFacts = z.object({
  about: z.literal('did-not-start'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  failure,
  execution: z.string(),
});

export function didNotStartNotice(facts: z.infer<typeof didNotStartFacts>, place: DeploymentLinks): Notice {
  const { migration, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'did-not-start',
    headline: `${keyOf(facts)} did not start`,
    said: [wordsOfFailure(facts.failure), 'Nothing was changed.'],
    sections: [],
    todo: [
      { what: 'When the cause is fixed', command: command(`start ${migration}`, place) },
      openExecution(execution),
    ],
    heading: 'start-a-migration',
    related: [execution],
  };
}
