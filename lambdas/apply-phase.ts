import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { StillRunning } from '../engine/database/errors.ts';
import { walkId } from '../engine/ledger/walk-id.ts';
import { phaseNames, phaseOf, type PhaseName } from '../engine/plan/plan.ts';
import { refuseOvertaken, refuseUnsaid, refusingOvertaken, restsOn } from './evidence/behind-a-walk.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { readFlag } from './runtime/read-flag.ts';
import { AlarmWatch } from './steps/alarm-watch.ts';
import { askLeave } from './steps/going-on.ts';
import { step } from './steps/step.ts';
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

const lookEveryMs = 2000;

/** Phases whose states are entered again while a statement runs on; from the other ones a migration would go on without it. */
const enteredAgain: ReadonlySet<PhaseName> = new Set(['verify', 'quarantine']);

/**
 * Applies what is left of a phase's statements. A statement that runs on in the database is watched for as long as this
 * invocation lasts: `done: false` then, or StillRunning, so that hours of building cost few events of history. Also where the new side may not be the
 * truth before another pass; then with the deployment that it goes by.
 * Raises GuardrailBreached, Aborted, NotNow, Fenced, ComparisonOvertaken, VerificationFailed, LockNotAcquired, TransientDatabaseError, TransientAwsError, DeploymentInProgress, StillRunning.
 */
export const handler = step(
  {
    input,
    uses: { database, ledger, guardrails, readFlag },
    before: async ({ migration, phase }, its) => {
      const applied = await its.applied(migration);
      // After a lost response the contract is retried: what is done cannot be rolled back, whatever the alarms or people say.
      if (applied.contracted()) return [];
      // Statements that have begun are finished: nobody wants to live for a night with half of a phase.
      return applied.begun(phase) ? ['guardrails'] : ['guardrails', 'leave'];
    },
    enters: ({ phase }) => phase,
    after: ({ phase }) => (phase === 'contract' ? [] : ['guardrails', 'abort']),
  },
  async (
    { phase, passed: rested, comparison: last },
    working,
  ): Promise<{ readonly done: boolean; readonly deployment?: number }> => {
    const { claim, plan, settings, tools } = working;
    const walk = restsOn(plan, phase, last ?? null);
    // A call after a lost answer finds other triggers than the comparison, or another shape.
    if (walk && !(await tools.ledger.applied(claim.migration)).begun(phase)) {
      await refuseOvertaken(plan, claim, walk, tools.database);
      if (phase === 'contract') await refuseUnsaid(plan, walk, tools.database);
    }
    const { run } = phaseOf(plan, phase);
    const asking = walk ? refusingOvertaken(run, plan, { claim, walk, phase }, tools.database) : run;
    const units = rested === undefined ? asking : await truthForward(claim, rested, working);
    if (typeof units === 'number') return { done: false, deployment: units };
    // A statement that may run for hours is started by leave only.
    const applyRest = (): Promise<boolean> =>
      runUnits(tools, claim, phase, 'run', units, settings.lockTimeoutMs, async () =>
        askLeave({ settings, standing: await tools.ledger.order(claim.migration) }),
      );
    let done = await applyRest();
    const alarms = new AlarmWatch(() => working.ask('guardrails'));
    while (!done && tools.remainingMs() > 0) {
      await sleep(lookEveryMs);
      if (!(await alarms.clear())) continue;
      await working.ask('abort');
      done = await applyRest();
    }
    if (!done && !enteredAgain.has(phase))
      throw new StillRunning(`a statement of ${phase} still runs in the database, or may still arrive there`);
    return { done };
  },
);
