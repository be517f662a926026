import * as z from 'zod';
import { phaseNames } from '../engine/plan/plan.ts';
import { database, ledger } from './runtime/database.ts';
import { readFlag } from './runtime/read-flag.ts';
import { behindPass, passLeft } from './steps/catching-up.ts';
import { step } from './steps/step.ts';
import { undoWhole } from './steps/undo-whole.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  phase: z.enum(phaseNames),
  /** Of the reverse backfill, which the read switch's undo begins with. */
  pass: z.number().default(1),
});

/**
 * Undoes one phase. `done: false` while a statement of its undo runs on in the database, or rows of the old side are still to be
 * brought up to what an application that writes both sides has written: then with the pass to be called with.
 */
export const handler = step(
  // A rollback asks nobody: no alarm, pause or window holds it up.
  { input, uses: { database, ledger, readFlag }, before: [], after: [] },
  async (
    { phase, pass },
    { claim, plan, settings, tools },
  ): Promise<{ readonly done: boolean; readonly pass: number }> => {
    const isSwitch = phase === 'read-switch';
    const left = isSwitch ? await passLeft(claim, pass, { plan, settings, tools }) : null;
    if (left !== null) return { done: false, pass: left };
    const its = isSwitch ? await behindPass(claim, pass, { plan, tools }) : plan;
    const { lockTimeoutMs } = settings;
    return { done: await undoWhole(tools, claim, { plan: its, phase, lockTimeoutMs }), pass };
  },
);
