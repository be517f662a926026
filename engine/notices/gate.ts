import * as z from 'zod';
import { verdicts } from '../evidence/verdict.ts';
import { keyOf } from '../words/target.ts';
import { brief } from './brief.ts';
import type { ActionForPeople, Notice, DeploymentLinks } from './notice.ts';
import { consoleLink, deadline, decideBy, decideInConsole, noticeSection } from './wording.ts';

export const gateFacts = z.object({
  about: z.literal('gate'),
  brief: brief.nullable(),
  migration: z.string(),
  target: z.string(),
  goal: z.string(),
  gate: z.enum(['read-switch', 'swap', 'contract']),
  evidence: z.object({
    open: z.boolean(),
    items: z.array(
      z.object({
        what: z.string(),
        measured: z.string(),
        verdict: z.enum(verdicts),
        /** Whether a person may pass over it; what could lose data is never passed over. */
        overridable: z.boolean().default(false),
      }),
    ),
    /** What a decision names, so that it speaks of this evidence and of no other. */
    hash: z.string().default(''),
    /** Why the last approval did not open the gate. */
    refused: z.string().default(''),
  }),
  askedAt: z.string(),
  deadlineSeconds: z.number(),
  execution: z.string(),
});
type Facts = z.infer<typeof gateFacts>;

const words = { pass: 'pass', fail: 'FAIL', waived: '-   ' } as const;

const asks = {
  'read-switch': 'May the first reads move to the new shape? They can be sent back at any time.',
  swap: 'May the old and the new column exchange their names, in one short lock? They can be exchanged back at any time.',
  contract:
    'May the old shape go? Where it has a quarantine it is renamed first and kept through it; after that there is no way back.',
} as const;

/** A gate waits for a person: what is asked, what was measured, the command that answers, and what happens otherwise. */
export function gateNotice(facts: Facts, place: DeploymentLinks): Notice {
  const { migration, goal, gate, evidence, askedAt, deadlineSeconds, execution } = facts;
  return {
    migration,
    target: facts.target,
    event: 'gate',
    headline: `${keyOf(facts)} waits at the gate ${gate}`,
    said: [
      goal,
      asks[gate],
      ...(evidence.refused === '' ? [] : [`The last answer did not open it: ${evidence.refused}`]),
      ...(evidence.open
        ? []
        : [
            'The evidence is incomplete, so the gate stays shut: fix what fails, then approve; it is measured again.',
          ]),
    ],
    sections: [
      noticeSection(
        evidence.open ? 'Evidence' : 'Evidence, INCOMPLETE',
        evidence.items.map(({ what, measured, verdict }) => `${words[verdict]}  ${what}: ${measured}`),
      ),
    ],
    todo: [
      {
        what: 'To approve',
        command: decideBy('approve', { migration, hold: gate }, place, ...acknowledging(gate)),
      },
      {
        what: 'To refuse, and roll back',
        command: decideBy('reject', { migration, hold: gate }, place),
      },
      ...passingOver(facts, place),
      decideInConsole(place, {
        migration,
        target: facts.target,
        hold: gate,
        decision: 'approve',
        ...(gate === 'contract' ? { acknowledgeRollback: true } : {}),
        ...(evidence.hash === '' ? {} : { evidence: evidence.hash }),
        reason: '…',
      }),
      { what: 'See what it did until now', link: consoleLink(execution) },
    ],
    otherwise: `If nobody answers by ${deadline(askedAt, deadlineSeconds)}, the migration is rolled back; the data stays whole.`,
    heading: 'decide-a-gate',
    related: [execution, place.decideMachine],
  };
}

function passingOver(
  { migration, gate, evidence }: Facts,
  place: DeploymentLinks,
): readonly ActionForPeople[] {
  const failed = evidence.items.filter(({ verdict }) => verdict === 'fail');
  if (failed.length === 0 || !failed.every(({ overridable }) => overridable)) return [];
  return [
    {
      what: 'To pass over what fails, which is recorded with your reason',
      command: decideBy('approve', { migration, hold: gate }, place, ...acknowledging(gate), '--override'),
    },
  ];
}

const acknowledging = (gate: Facts['gate']): readonly string[] =>
  gate === 'contract' ? ['--acknowledge-rollback'] : [];
