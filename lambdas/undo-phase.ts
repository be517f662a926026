import * as z from 'zod';
import { UndoFailed } from '../engine/errors.ts';
import { phaseNames } from '../engine/plan.ts';
import { claimed } from './runtime/migration.ts';
import { task } from './runtime/task.ts';
import { runUnits } from './runtime/units.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

/** Undoes one phase and forgets that it was applied. Raises UndoFailed for a phase that cannot be undone. */
export const handler = task(
  input,
  async ({ phase, ...claim }, tools): Promise<{ readonly done: boolean }> => {
    const { plan, settings } = await claimed(tools, claim);
    const { undo } = plan.phases[phase];
    if ('irreversible' in undo) throw new UndoFailed(`${phase} cannot be undone: ${undo.irreversible}`);
    const done = await runUnits(tools, claim, phase, 'undo', undo, settings.lockTimeoutMs);
    if (done && phase === 'backfill') await tools.ledger.forgetWalks(claim);
    if (done) await tools.ledger.forget(claim, phase);
    return { done };
  },
);
