import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { phaseNames } from '../engine/plan.ts';
import { claimed } from './runtime/migration.ts';
import { task } from './runtime/task.ts';
import { runUnits } from './runtime/units.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

const lookEveryMs = 2000;

/**
 * Applies what is left of a phase's statements. A statement that runs on in the database is watched for as long as this
 * invocation lasts: `done: false` then, so that hours of building cost few events of history.
 */
export const handler = task(
  input,
  async ({ phase, ...claim }, tools): Promise<{ readonly done: boolean }> => {
    const { plan, settings } = await claimed(tools, claim);
    const askGuardrails = (): Promise<void> => tools.guardrails.ask(settings.guardrails.rollback.alarms);
    // A lost response makes the contract come again: what is done cannot be rolled back, whatever the alarms say now.
    const contracted =
      phase === 'contract' && (await tools.ledger.applied(claim.migration)).has('contract/run-0');
    if (!contracted) await askGuardrails();
    await tools.ledger.enterPhase(claim, phase);
    let done = await runUnits(tools, claim, phase, 'run', plan.phases[phase].run, settings.lockTimeoutMs);
    while (!done && tools.remainingMs() > 0) {
      await sleep(lookEveryMs);
      await askGuardrails();
      done = await runUnits(tools, claim, phase, 'run', plan.phases[phase].run, settings.lockTimeoutMs);
    }
    if (phase !== 'contract') await askGuardrails();
    return { done };
  },
);
