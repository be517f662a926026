import * as z from 'zod';
import { askLeave, heedAbort } from './steps/going-on.ts';
import { publish } from './runtime/metrics.ts';
import { claimed } from './steps/migration.ts';
import { task } from './runtime/task.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), percent: z.number().min(0).max(100) });

/** Moves reads forward to a share of the keys, and looks at the guardrails before and after. */
export const handler = task(
  input,
  async ({ percent, ...claim }, tools): Promise<{ readonly percent: number }> => {
    const it = await claimed(tools, claim);
    const { settings } = it;
    await tools.guardrails.ask(settings.guardrails.rollback.alarms);
    askLeave(it);
    // People see the phase begin with its first share; the statements that end it come after the last.
    await tools.ledger.enterPhase(claim, 'read-switch');
    await tools.readFlag.moveForward(claim.migration, percent);
    publish(claim.migration, { ReadShare: percent });
    await tools.guardrails.ask(settings.guardrails.rollback.alarms);
    await heedAbort(tools, claim.migration);
    return { percent };
  },
);
