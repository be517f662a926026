import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Claim } from '../engine/ledger/ledger.ts';
import { phaseNames, phaseOf, type PhaseName } from '../engine/plan/plan.ts';
import { askLeave, heedAbort } from './steps/going-on.ts';
import { claimed, type Claimed } from './steps/migration.ts';
import { task, type Tools } from './runtime/task.ts';
import { runUnits } from './steps/units.ts';

const input = z.object({ migration: z.string(), epoch: z.number(), phase: z.enum(phaseNames) });

const lookEveryMs = 2000;

/**
 * Applies what is left of a phase's statements. A statement that runs on in the database is watched for as long as this
 * invocation lasts: `done: false` then, so that hours of building cost few events of history.
 * Raises GuardrailBreached, Aborted, NotNow, Fenced, LockNotAcquired, TransientDatabaseError, TransientAwsError.
 */
export const handler = task(
  input,
  async ({ phase, ...claim }, tools): Promise<{ readonly done: boolean }> => {
    const it = await claimed(tools, claim);
    const askGuardrails = (): Promise<void> => tools.guardrails.ask(it.settings.guardrails.rollback.alarms);
    const applied = await tools.ledger.applied(claim.migration);
    // A lost response makes the contract come again: what is done cannot be rolled back, whatever the alarms or people say.
    if (!applied.contracted()) await askGuardrails();
    // Brief statements that have begun are finished: nobody wants to live for a night with half of a phase.
    if (!applied.begun(phase)) askLeave(it);
    await tools.ledger.enterPhase(claim, phase);
    let done = await applyRest(tools, claim, phase, it);
    while (!done && tools.remainingMs() > 0) {
      await sleep(lookEveryMs);
      await askGuardrails();
      await heedAbort(tools, claim.migration);
      done = await applyRest(tools, claim, phase, it);
    }
    if (phase !== 'contract') {
      await askGuardrails();
      await heedAbort(tools, claim.migration);
    }
    return { done };
  },
);

/** What is left of a phase; a statement that may run for hours is started by leave only. */
const applyRest = (tools: Tools, claim: Claim, phase: PhaseName, it: Claimed): Promise<boolean> =>
  runUnits(tools, claim, phase, 'run', phaseOf(it.plan, phase).run, it.settings.lockTimeoutMs, async () =>
    askLeave({ ...it, standing: await tools.ledger.order(claim.migration) }),
  );
