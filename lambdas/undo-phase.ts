import * as z from 'zod';
import { phaseNames } from '../engine/plan/plan.ts';
import { database, ledger } from './runtime/database.ts';
import { oldSideCaughtUp } from './steps/catching-up.ts';
import { step } from './steps/step.ts';
import { undoWhole } from './steps/undo-whole.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

/**
 * Undoes one phase. `done: false` while a statement of its undo runs on in the database, or rows of the old side are still to be
 * brought up to what an application that writes both sides has written.
 */
export const handler = step(
  // A rollback asks nobody: no alarm, pause or window holds it up.
  { input, uses: { database, ledger }, before: [], after: [] },
  async ({ phase }, { claim, plan, settings, tools }): Promise<{ readonly done: boolean }> => ({
    done:
      (phase !== 'read-switch' || (await oldSideCaughtUp(claim, { plan, settings, tools }))) &&
      (await undoWhole(tools, claim, { plan, phase, lockTimeoutMs: settings.lockTimeoutMs })),
  }),
);
