import type { Claim } from '../../engine/ledger/claim.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import type { Guardrails } from '../runtime/guardrails.ts';
import type { ReportedReads } from '../runtime/reported-reads.ts';
import type { AskTarget } from '../runtime/targets.ts';
import { task, type Task } from '../runtime/task.ts';
import type { Made, Makers } from '../runtime/tools.ts';
import { asked, type Around, type Check } from './checks.ts';
import { namingOrder } from './going-on.ts';
import { readClaimed, type ClaimedMigration } from './migration.ts';

type StepMakers = Makers & {
  readonly ledger: (ask: AskTarget) => Ledger;
  readonly guardrails?: (ask: AskTarget) => Guardrails;
  readonly reportedReads?: (ask: AskTarget) => ReportedReads;
};
/** Only who uses what answers them can ask them. */
type CheckOf<U> =
  | 'leave'
  | 'abort'
  | (U extends { readonly guardrails: (ask: AskTarget) => Guardrails } ? 'guardrails' : never)
  | (U extends { readonly reportedReads: (ask: AskTarget) => ReportedReads } ? 'reads' : never);

export interface Step<I, U extends StepMakers> extends Task<I, U> {
  /** Asked in this order, before anything is begun. */
  readonly before: readonly CheckOf<U>[] | ((input: I, ledger: Ledger) => Promise<readonly CheckOf<U>[]>);
  /** The phase that begins with this step. */
  readonly enters?: (input: I) => PhaseName | undefined;
  readonly after: readonly CheckOf<U>[] | ((input: I) => readonly CheckOf<U>[]);
}

export type Working<U extends StepMakers> = ClaimedMigration & {
  readonly claim: Claim;
  readonly tools: Made<U>;
  /** Asks something in the middle of the work. */
  readonly ask: (...checks: readonly CheckOf<U>[]) => Promise<void>;
};

/**
 * A task that moves a claimed migration: claim, checks, phase entered, work, checks.
 * Raises Fenced when the claim is over, and what its checks raise.
 */
export function step<I extends Claim, U extends StepMakers, O>(
  of: Step<I, U>,
  work: (input: I, working: Working<U>) => Promise<O>,
) {
  const { uses, before, enters, after } = of;
  return task(of, async (input, tools): Promise<O> => {
    const { migration, epoch } = input;
    const claim = { migration, epoch };
    const askTarget: AskTarget = () => tools.target;
    const ledger = uses.ledger(askTarget);
    const around: Around = {
      claim,
      ledger,
      guardrails: () => used(uses.guardrails, askTarget),
      reportedReads: () => used(uses.reportedReads, askTarget),
    };
    const it = await readClaimed(ledger, claim);
    const ask = async (...checks: readonly Check[]): Promise<void> => {
      for (const check of checks) await asked[check](it, around);
    };
    await ask(...(typeof before === 'function' ? await before(input, ledger) : before));
    const phase = enters?.(input);
    const output = await namingOrder(ledger, migration, async () => {
      if (phase !== undefined) await ledger.enterPhase(claim, phase);
      return work(input, { ...it, claim, tools, ask });
    });
    await ask(...(typeof after === 'function' ? after(input) : after));
    return output;
  });
}

/** What a check asks; only a step that uses it can name the check. */
function used<T>(make: ((ask: AskTarget) => T) | undefined, ask: AskTarget): T {
  if (make === undefined) throw new Error('a step has to use what its checks ask');
  return make(ask);
}
