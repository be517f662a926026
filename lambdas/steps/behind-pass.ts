import type { Claim } from '../../engine/ledger/claim.ts';
import { truthUnit } from '../../engine/ledger/truth.ts';
import { walkParameters, type WalkId } from '../../engine/ledger/walk-id.ts';
import { isFinished, type WalkProgress } from '../../engine/ledger/walks.ts';
import type { Unit } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/tools.ts';

/**
 * For so long a pass that has found nothing says that there is nothing to be found: about what a machine takes from it to the move of
 * the truth. A pause, a change window or a lock may lie between them as well.
 */
export const longestAgeSeconds = 60;

export const isFresh = (walked: WalkProgress | null): walked is WalkProgress =>
  walked !== null && isFinished(walked) && walked.changed === 0 && walked.ageSeconds <= longestAgeSeconds;

/**
 * The units of a move of the truth. The one that moves it asks the pass for its age once more, in its own transaction: a copy of the
 * function that was frozen behind its look, or a statement that comes late, would rest on what is long over. It fails as
 * what may be sent again then, and whoever is called again looks anew.
 */
export function movedBehind(
  units: readonly Unit[],
  claim: Claim,
  { walk, withinSeconds }: { readonly walk: WalkId; readonly withinSeconds: number },
  { database }: Pick<Tools, 'database'>,
): readonly Unit[] {
  const { endedWithin } = database.dialect.ledger;
  const move = units[truthUnit];
  if (endedWithin === null || move?.kind !== 'brief')
    throw new Error('nothing here moves the truth behind a walk');
  const asks = endedWithin(walkParameters(claim, walk), withinSeconds);
  return units.with(truthUnit, { ...move, statements: [asks, ...move.statements] });
}
