import { Fenced } from '../../engine/errors.ts';
import type { Claim } from '../../engine/ledger.ts';
import type { Plan } from '../../engine/plan.ts';
import { storedPlan, storedSettings, type Settings } from '../../engine/stored.ts';
import type { Tools } from './task.ts';

/** The plan and settings of a claimed migration. Raises Fenced when the claim is over. */
export async function claimed(
  { ledger }: Tools,
  claim: Claim,
): Promise<{ readonly plan: Plan; readonly settings: Settings; readonly execution: string }> {
  const record = await ledger.find(claim.migration);
  if (record?.epoch !== claim.epoch) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
  return { plan: storedPlan(record), settings: storedSettings(record), execution: record.execution };
}
