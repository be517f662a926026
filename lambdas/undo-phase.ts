import * as z from 'zod';
import { phaseNames } from '../engine/plan/plan.ts';
import { claimed } from './steps/migration.ts';
import { task } from './runtime/task.ts';
import { undoWhole } from './steps/undo-whole.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

/** Undoes one phase. `done: false` while a statement of its undo runs on in the database. */
export const handler = task(
  input,
  async ({ phase, ...claim }, tools): Promise<{ readonly done: boolean }> => {
    const { plan, settings } = await claimed(tools, claim);
    return { done: await undoWhole(tools, claim, { plan, phase, lockTimeoutMs: settings.lockTimeoutMs }) };
  },
);
