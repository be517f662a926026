import * as z from 'zod';
import { noteOldShape } from './evidence/note-old-shape.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { readFlag } from './runtime/read-flag.ts';
import { reportedReads } from './runtime/reported-reads.ts';
import { readClaimed } from './steps/migration.ts';
import { step } from './steps/step.ts';

const input = z.object({ migration: z.string(), epoch: z.number() });

/** Begins the window in which nobody should use the old shape any more: what the database has counted so far is noted. */
export const handler = step(
  {
    input,
    uses: { database, ledger, guardrails, reportedReads, readFlag },
    before: ['guardrails', 'reads'],
    enters: () => 'confidence',
    after: ['abort'],
  },
  async (_, { claim, plan, settings, tools }): Promise<{ readonly begun: true }> => {
    // The ledger has it already: what a strict writer loses in between, nobody was promised.
    if (plan.follow === 'application')
      await tools.readFlag.moveForward(
        claim.migration,
        { percent: 100, compare: settings.reads.compare, writes: { truth: 'new', isStrict: false } },
        () => readClaimed(tools.ledger, claim),
      );
    await noteOldShape(tools, claim, plan);
    return { begun: true };
  },
);
