import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { breachFacts, breachSections, type Breach } from './breached.ts';
import { brief } from './brief.ts';
import { auditOutcome, auditSections } from './audited.ts';
import { openReport } from './completed.ts';
import { failure } from '../words/failure.ts';
import type { Notice, DeploymentLinks } from './notice.ts';
import { cut, openExecution, startAgain } from './wording.ts';

export const rolledBackFacts = z.object({
  about: z.literal('rolled-back'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  failure,
  ...breachFacts,
  /** In words, as a worker noted it where one did. */
  reason: z.string(),
  report: z.string(),
  audit: auditOutcome,
  execution: z.string(),
});

export function rolledBackNotice(
  facts: z.infer<typeof rolledBackFacts>,
  place: DeploymentLinks,
  breaches: readonly Breach[],
): Notice {
  const { migration, reason, report, audit, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'rolled-back',
    headline: `${keyOf(facts)} was rolled back from ${facts.failure.phase}`,
    said: [cut(reason, 1500), 'All reads are on the old shape, which holds every write. Nothing was lost.'],
    sections: [...breachSections(breaches), ...auditSections(audit)],
    todo: [...openReport(report), openExecution(execution), startAgain(migration, place)],
    heading:
      breaches[0]?.heading ??
      (facts.failure.error === 'GuardrailBreached' ? 'guardrails' : 'roll-a-migration-back'),
    related: [execution],
  };
}
