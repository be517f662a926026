import * as z from 'zod';
import { phaseNames } from '../engine/plan/plan.ts';
import { database, ledger } from './runtime/database.ts';
import { step } from './steps/step.ts';
import { undoWhole } from './steps/undo-whole.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

/** Undoes one phase. `done: false` while a statement of its undo runs on in the database. */
export const handler = step(
  // A rollback asks nobody: no alarm, pause or window holds it up.
  { input, uses: { database, ledger }, before: [], after: [] },
  async ({ phase }, { claim, plan, settings, tools }): Promise<{ readonly done: boolean }> => ({
    done: await undoWhole(tools, claim, { plan, phase, lockTimeoutMs: settings.lockTimeoutMs }),
  }),
);
