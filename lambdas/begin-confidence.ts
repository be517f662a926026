import * as z from 'zod';
import { heedAbort } from './steps/going-on.ts';
import { noteOldShape } from './evidence/note-old-shape.ts';
import { claimed } from './steps/migration.ts';
import { task } from './runtime/task.ts';

const input = z.object({ migration: z.string(), epoch: z.number() });

/** Begins the window in which nobody shall use the old shape any more: what the database has counted so far is noted. */
export const handler = task(input, async (claim, tools): Promise<{ readonly begun: true }> => {
  const { plan, settings } = await claimed(tools, claim);
  await tools.guardrails.ask(settings.guardrails.rollback.alarms);
  await tools.ledger.enterPhase(claim, 'confidence');
  await noteOldShape(tools, claim, plan);
  await heedAbort(tools, claim.migration);
  return { begun: true };
});
