import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { breachFacts, breachSections, type Breach } from './breached.ts';
import { brief } from './brief.ts';
import { openReport } from './completed.ts';
import { failure, failureOfRollback } from '../words/failure.ts';
import { wordsOfFailure } from './failure.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { openExecution, startAgain } from './wording.ts';

export const needsAPersonFacts = z.object({
  about: z.literal('needs-a-person'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  failure,
  ...breachFacts,
  rollbackFailure: failureOfRollback.nullable(),
  report: z.string(),
  execution: z.string(),
});

/** Neither forward nor back went through by itself. */
export function needsAPersonNotice(
  facts: z.infer<typeof needsAPersonFacts>,
  place: DeploymentLinks,
  breaches: readonly Breach[],
): Notice {
  const { migration, rollbackFailure, report, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'needs-a-person',
    headline: `${keyOf(facts)} NEEDS A PERSON: it stopped in ${facts.failure.phase}`,
    said: [
      wordsOfFailure(facts.failure),
      ...(rollbackFailure === null ? [] : [`The rollback failed: ${wordsOfFailure(rollbackFailure)}`]),
      'Fix the cause, then start the migration again: it puts back what must not stand, and goes on from its checkpoints.',
    ],
    sections: breachSections(breaches),
    todo: [...openReport(report), openExecution(execution), startAgain(migration, place)],
    otherwise:
      'Until somebody does, it stays as it is; both shapes are kept equal where the dual write stands.',
    heading: 'when-a-migration-needs-attention',
    related: [execution],
  };
}
