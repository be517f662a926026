import * as z from 'zod';
import type { TableName } from '../spec/table-name.ts';
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
  /** Which triggers have let writes of the new shape pass; null where none has. */
  doubt: z.string().nullable().default(null),
  /** What the way back leaves where it is, as a sentence; null where there is nothing. */
  behind: z.string().nullable().default(null),
  report: z.string(),
  audit: auditOutcome,
  execution: z.string(),
});

/** A trigger that was off has kept what the new version wrote on the new side alone. */
export const oldShapeMayLack = (doubt: string): string =>
  `the old shape may lack writes of the new version, because triggers of the dual write were off, or may have been: ${doubt}`;

/** Of an application that writes both sides itself: the old one cannot be the truth before all versions write it. */
export const stillWrittenAlone =
  'the way back waits, with the reads on the old side: rows are still written on the new side alone. Deploy the version that writes both sides again';

/** Found when a pass of the reverse backfill has found no row that differs. */
export const writersHadLost = (pass: number): string =>
  `behind pass ${pass} of the way back, the flag that was deployed said something else, because a copy of a step had run on; reads are sent back once more, and writers told that they are strict`;

/** What hangs on the new table goes aside with it. */
export const staysBehind = (behind: string): string =>
  `What came to the table since the swap is not on the old one, which has the name again: ${behind}. Make it anew where it is wanted.`;

/** Of a table that goes back to its old name or schema: replication knows tables by these, and PostgreSQL tells nobody. */
export const knownElsewhere = ({ schema, name }: TableName, replicated: string): string =>
  `The table is ${schema}.${name} again when the view is dropped, and PostgreSQL tells no subscriber: ${replicated}. A subscriber that has no ${schema}.${name} stops at its first row, and one that knew the other name gets no rows any more: change what is published, and refresh the subscriptions.`;

const whatBecame = (doubt: string | null, behind: string | null): string =>
  doubt === null
    ? `All reads are on the old shape, which holds every write.${behind === null ? ' Nothing was lost.' : ''}`
    : `All reads are on the old shape. Look before you start it again, which would overwrite the new side: ${oldShapeMayLack(doubt)}.`;

export function rolledBackNotice(
  facts: z.infer<typeof rolledBackFacts>,
  place: DeploymentLinks,
  breaches: readonly Breach[],
): Notice {
  const { migration, reason, doubt, behind, report, audit, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'rolled-back',
    headline: `${keyOf(facts)} was rolled back from ${facts.failure.phase}`,
    said: [
      cut(reason, 1500),
      cut(whatBecame(doubt, behind), 1500),
      ...(behind === null ? [] : [cut(behind, 1500)]),
    ],
    sections: [...breachSections(breaches), ...auditSections(audit)],
    todo: [...openReport(report), openExecution(execution), startAgain(migration, place)],
    heading: doubt === null ? headingOf(facts, breaches) : 'the-triggers-were-off',
    related: [execution],
  };
}

const headingOf = (
  { failure: { error } }: z.infer<typeof rolledBackFacts>,
  breaches: readonly Breach[],
): string => breaches[0]?.heading ?? (error === 'GuardrailBreached' ? 'guardrails' : 'roll-a-migration-back');
