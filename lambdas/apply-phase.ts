import * as z from 'zod';
import { phaseNames } from '../engine/plan.ts';
import { claimed } from './runtime/migration.ts';
import { task } from './runtime/task.ts';
import { runUnits } from './runtime/units.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

/** Applies what is left of a phase's statements. `done: false` while one of them runs on in the database. */
export const handler = task(
  input,
  async ({ phase, ...claim }, tools): Promise<{ readonly done: boolean }> => {
    const { plan, settings } = await claimed(tools, claim);
    await tools.guardrails.ask(settings.guardrails.rollback.alarms);
    await tools.ledger.enterPhase(claim, phase);
    const done = await runUnits(tools, claim, phase, 'run', plan.phases[phase].run, settings.lockTimeoutMs);
    await tools.guardrails.ask(settings.guardrails.rollback.alarms);
    return { done };
  },
);
