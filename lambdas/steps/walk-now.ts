import { truthOf } from '../../engine/ledger/truth.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { Purpose, WalkId } from '../../engine/ledger/walk-id.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { walkFor, type Truth, type Walk } from '../../engine/plan/walk.ts';
import type { ShardStatements } from './shard.ts';

/** Which side is the truth now. The ledger is asked only where that makes a difference. */
export const truthNow = async (plan: Plan, ledger: Ledger): Promise<Truth> =>
  plan.follow === undefined ? 'old' : truthOf(plan, await ledger.applied(plan.migration));

/** The walk for a purpose, in the direction of now: the state machine moves the truth between two walks, never during one. */
export const walkNow = async (plan: Plan, purpose: Purpose, ledger: Ledger): Promise<Walk | undefined> =>
  walkFor(plan, purpose, await truthNow(plan, ledger));

/** What a shard of that walk sends, be it to write rows or to compare them; undefined where nothing is to be done. */
export async function statementsNow(
  plan: Plan,
  { purpose }: WalkId,
  ledger: Ledger,
  use: 'batch' | 'check',
): Promise<ShardStatements | undefined> {
  const walk = await walkNow(plan, purpose, ledger);
  if (walk === undefined) return undefined;
  const { [use]: work, skip, cut } = walk;
  return work === undefined ? undefined : { work, skip, cut };
}
