import * as z from 'zod';
import { keyOf } from '../words/target.ts';
import { brief } from './brief.ts';
import { auditOutcome, auditSections } from './audited.ts';
import type { ActionForPeople, Notice } from './notice.ts';
import { openExecution } from './wording.ts';

export const completedFacts = z.object({
  about: z.literal('completed'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  goal: z.string(),
  /** Whether reads moved from an old shape that is gone now. */
  replaced: z.boolean(),
  /** URL of the report; empty where there is none. */
  report: z.string(),
  audit: auditOutcome,
  execution: z.string(),
});

export const openReport = (report: string): readonly ActionForPeople[] =>
  report === '' ? [] : [{ what: 'The report', link: report }];

export function completedNotice(facts: z.infer<typeof completedFacts>): Notice {
  const { migration, goal, replaced, report, audit, execution } = facts;
  const leaves = audit !== null && 'open' in audit && audit.open.length > 0;
  return {
    migration,
    target: facts.target,
    event: 'completed',
    headline: `${keyOf(facts)} is done`,
    said: [
      goal,
      replaced
        ? 'The old shape is gone. The read switch can be taken out of the application; then its flag can go.'
        : 'The table is as it was to become.',
    ],
    sections: auditSections(audit),
    todo: [...openReport(report), openExecution(execution)],
    heading: leaves ? 'what-an-audit-finds' : 'what-an-operator-does',
    related: [execution],
  };
}
