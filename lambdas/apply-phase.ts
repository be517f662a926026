import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Ledger } from '../engine/ledger/ledger.ts';
import { walkId, type WalkId } from '../engine/ledger/walk-id.ts';
import { phaseNames, phaseOf, type PhaseName, type Unit } from '../engine/plan/plan.ts';
import { refuseOvertaken, refusingOvertaken } from './evidence/behind-a-walk.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { readFlag } from './runtime/read-flag.ts';
import { AlarmWatch } from './steps/alarm-watch.ts';
import { askLeave } from './steps/going-on.ts';
import { step, type Working } from './steps/step.ts';
import type { Check } from './steps/checks.ts';
import { passed, truthForward } from './steps/truth-forward.ts';
import { runUnits } from './steps/units.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  phase: z.enum(phaseNames),
  /** Of the read switch, where the application writes both sides. */
  passed: passed.optional(),
  /** The last one before the phase, where rows that have come behind it would be read, or dropped, unfilled. */
  comparison: walkId.nullish(),
});
const uses = { database, ledger, guardrails, readFlag };

const lookEveryMs = 2000;

/**
 * Applies what is left of a phase's statements. A statement that runs on in the database is watched for as long as this
 * invocation lasts: `done: false` then, so that hours of building cost few events of history. Also where the new side may not be the
 * truth before another pass; then with the deployment that it goes by.
 * Raises GuardrailBreached, Aborted, NotNow, Fenced, ComparisonOvertaken, VerificationFailed, LockNotAcquired, TransientDatabaseError, TransientAwsError, DeploymentInProgress.
 */
export const handler = step(
  {
    input,
    uses,
    before: ({ migration, phase }, its) => checksBefore(its, migration, phase),
    enters: ({ phase }) => phase,
    after: ({ phase }) => (phase === 'contract' ? [] : ['guardrails', 'abort']),
  },
  async (
    { phase, passed: rested, comparison },
    working,
  ): Promise<{ readonly done: boolean; readonly deployment?: number }> => {
    const { claim, plan, tools } = working;
    if (comparison) await refuseUnfilled(comparison, phase, working);
    const { run } = phaseOf(plan, phase);
    const asking = comparison
      ? refusingOvertaken(run, plan, { claim, walk: comparison }, tools.database)
      : run;
    const units = rested === undefined ? asking : await truthForward(claim, rested, working);
    if (typeof units === 'number') return { done: false, deployment: units };
    let done = await applyRest(working, phase, units);
    const alarms = new AlarmWatch(() => working.ask('guardrails'));
    while (!done && working.tools.remainingMs() > 0) {
      await sleep(lookEveryMs);
      if (!(await alarms.clear())) continue;
      await working.ask('abort');
      done = await applyRest(working, phase, units);
    }
    return { done };
  },
);

async function checksBefore(
  its: Ledger,
  migration: string,
  phase: PhaseName,
): Promise<readonly Exclude<Check, 'reads'>[]> {
  const applied = await its.applied(migration);
  // After a lost response the contract is retried: what is done cannot be rolled back, whatever the alarms or people say.
  if (applied.contracted()) return [];
  // Statements that have begun are finished: nobody wants to live for a night with half of a phase.
  return applied.begun(phase) ? ['guardrails'] : ['guardrails', 'leave'];
}

/** What is left of a phase; a statement that may run for hours is started by leave only. */
const applyRest = (
  { tools, claim, settings }: Working<typeof uses>,
  phase: PhaseName,
  units: readonly Unit[],
): Promise<boolean> =>
  runUnits(tools, claim, phase, 'run', units, settings.lockTimeoutMs, async () =>
    askLeave({ settings, standing: await tools.ledger.order(claim.migration) }),
  );

/** A call after a lost answer finds other triggers than the comparison, or another shape. */
async function refuseUnfilled(
  comparison: WalkId,
  phase: PhaseName,
  { tools, claim, plan }: Working<typeof uses>,
): Promise<void> {
  if ((await tools.ledger.applied(claim.migration)).begun(phase)) return;
  await refuseOvertaken(plan, claim, comparison, tools.database);
}
