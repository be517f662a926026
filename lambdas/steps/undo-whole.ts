import { UndoFailed } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/ledger.ts';
import { phaseOf, type PhaseName, type Plan } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/tools.ts';
import { runUnits } from './units.ts';

/**
 * Undoes one phase and forgets that it was applied. Gives false while a statement of it runs on, or may still arrive: call
 * again later. Raises UndoFailed for a phase that cannot be undone.
 */
export async function undoWhole(
  tools: Pick<Tools, 'database' | 'ledger'>,
  claim: Claim,
  {
    plan,
    phase,
    lockTimeoutMs,
  }: { readonly plan: Plan; readonly phase: PhaseName; readonly lockTimeoutMs: number },
): Promise<boolean> {
  const { undo } = phaseOf(plan, phase);
  if ('irreversible' in undo) throw new UndoFailed(`${phase} cannot be undone: ${undo.irreversible}`);
  // An index that is still being built would hold the locks that its removal needs; one that comes later would stay.
  if (!(await tools.ledger.cancelOnline(claim, phase))) return false;
  const done = await runUnits(tools, claim, phase, 'undo', undo, lockTimeoutMs);
  if (done && phase === 'backfill') await tools.ledger.walks.forgetProgress(claim);
  if (done) await tools.ledger.forget(claim, phase);
  return done;
}
