import type { Claim } from '../../engine/ledger/claim.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { publishOpen } from '../runtime/metrics.ts';
import { task, type Task } from '../runtime/task.ts';
import type { Made } from '../runtime/tools.ts';
import { asking, type Answering, type CheckOf } from './checks.ts';
import { namingOrder } from './going-on.ts';
import { readClaimed, type ClaimedMigration } from './migration.ts';

export interface Step<I, U extends Answering> extends Task<I, U> {
  /** Asked in this order, before anything is begun. */
  readonly before: readonly CheckOf<U>[] | ((input: I, ledger: Ledger) => Promise<readonly CheckOf<U>[]>);
  readonly enters?: (input: I) => PhaseName | undefined;
  readonly after: readonly CheckOf<U>[] | ((input: I) => readonly CheckOf<U>[]);
}

export type Working<U extends Answering> = ClaimedMigration & {
  readonly claim: Claim;
  readonly tools: Made<U>;
  readonly ask: (...checks: readonly CheckOf<U>[]) => Promise<void>;
};

/**
 * A task that moves a claimed migration: claim, checks, phase entered, work, checks.
 * Raises Fenced when the claim is over, and what its checks raise.
 */
export function step<I extends Claim, U extends Answering, O>(
  of: Step<I, U>,
  work: (input: I, working: Working<U>) => Promise<O>,
) {
  const { uses, before, enters, after } = of;
  return task(of, async (input, tools): Promise<O> => {
    const { migration, epoch } = input;
    const claim = { migration, epoch };
    const ledger = uses.ledger(() => tools.target);
    const it = await readClaimed(ledger, claim);
    // A late copy of a step may come when it is over.
    if (it.status === 'running') publishOpen(tools.target, 1);
    const ask = asking(it, claim, uses, () => tools.target);
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
