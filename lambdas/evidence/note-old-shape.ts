import type { Claim } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { leavingPart } from '../../engine/shapes/shape.ts';
import type { Tools } from '../runtime/tools.ts';

/** Notes how often statements about what leaves were called so far, to tell later what ran since. */
export async function noteOldShape(
  { database }: Pick<Tools, 'database'>,
  claim: Claim,
  { shape }: Plan,
): Promise<void> {
  const leaving = leavingPart(shape);
  if (leaving !== null) await (await loadUsage(database, leaving)).note(claim);
}
