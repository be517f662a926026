import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { breachFacts, breachSections, type Breach } from './breached.ts';
import { brief } from './brief.ts';
import { failure } from '../words/failure.ts';
import { wordsOfFailure } from './failure.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { cut, deadline, decideBy, decideInConsole, openExecution } from './wording.ts';

export const removeNewShapeFacts = z.object({
  about: z.literal('remove-new-shape'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  failure,
  ...breachFacts,
  askedAt: z.string(),
  deadlineSeconds: z.number(),
  /** What the way back leaves where it is, as a sentence; null where there is nothing. */
  behind: z.string().nullable().default(null),
  execution: z.string(),
});

const hold = 'remove-new-shape';

/** Rolled back with `onRollback: remove`: only people know when nothing names the new shape any more. */
export function removeNewShapeNotice(
  facts: z.infer<typeof removeNewShapeFacts>,
  place: DeploymentLinks,
  breaches: readonly Breach[],
): Notice {
  const { migration, askedAt, deadlineSeconds, behind, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: hold,
    headline: `${keyOf(facts)} was rolled back; may the new shape go?`,
    said: [
      `It was rolled back from ${facts.failure.phase}: ${wordsOfFailure(facts.failure)}`,
      'All reads are on the old shape, which holds every write. The file says onRollback: remove. Approve once no running version of the application names the new shape; until then its writes would fail.',
      ...(behind === null ? [] : [cut(behind, 1500)]),
    ],
    sections: breachSections(breaches),
    todo: [
      { what: 'To remove it', command: decideBy('approve', { migration, hold }, place) },
      { what: 'To keep it', command: decideBy('reject', { migration, hold }, place) },
      decideInConsole(place, { migration, target: facts.target, hold, decision: 'approve', reason: '…' }),
      openExecution(execution),
    ],
    otherwise: `If nobody answers by ${deadline(askedAt, deadlineSeconds)}, the new shape stays and is kept equal, and the next start goes on from there.`,
    heading: 'decide-a-gate',
    related: [execution, place.decideMachine],
  };
}
