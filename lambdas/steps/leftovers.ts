import { TransientDatabaseError } from '../../engine/database/errors.ts';
import type { Applied } from '../../engine/ledger/applied.ts';
import type { Claim } from '../../engine/ledger/ledger.ts';
import type { PhaseName, Plan } from '../../engine/plan/plan.ts';
import { undoWhole } from './undo-whole.ts';
import type { Tools } from '../runtime/tools.ts';

// A start goes through these again; until then the old shape must be where everybody expects it.
const belongToTheirExecution: ReadonlySet<PhaseName> = new Set(['quarantine', 'swap', 'read-switch']);

/** The phases that a new start cannot go on from. */
export const leftoversOf = (standing: Applied): readonly PhaseName[] =>
  standing
    .phases()
    .filter(
      (phase) => standing.undoBegun(phase) || (belongToTheirExecution.has(phase) && standing.begun(phase)),
    );

/**
 * After a claim: undoes what an execution that was stopped left behind and a new start cannot go on from. That is the
 * quarantine and the new side's authority, and any phase whose undo was begun. Not for a new side that is the truth of an
 * application that writes both: its writes are copied first. Gives false when nothing stands any more.
 */
export async function putBackLeftovers(
  tools: Pick<Tools, 'database' | 'ledger'>,
  claim: Claim,
  plan: Plan,
  lockTimeoutMs: number,
): Promise<boolean> {
  const leftovers = leftoversOf(await tools.ledger.applied(claim.migration));
  for (const phase of leftovers.toReversed())
    if (!(await undoWhole(tools, claim, { plan, phase, lockTimeoutMs })))
      throw new TransientDatabaseError(`the undo of ${phase} that was begun has not ended`);
  const stands = !(await tools.ledger.applied(claim.migration)).nothing();
  // Checkpoints speak of a column; without it they would say that its rows are done.
  if (!stands) await tools.ledger.walks.forget(claim);
  return stands;
}
