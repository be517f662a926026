import { Fenced } from '../../engine/database/errors.ts';
import type { Claim, Ledger, LedgerRecord } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { storedPlan, storedSettings } from '../../engine/plan/stored.ts';

/** As it was read: `standing` too is what a person had ordered by then. */
export interface ClaimedMigration extends Omit<LedgerRecord, 'plan' | 'settings'> {
  readonly plan: Plan;
  readonly settings: Settings;
}

/** The plan and settings of a claimed migration. Raises Fenced when the claim is over. */
export async function readClaimed(ledger: Ledger, claim: Claim): Promise<ClaimedMigration> {
  const record = await ledger.find(claim.migration);
  if (record?.epoch !== claim.epoch) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
  return { ...record, plan: storedPlan(record), settings: storedSettings(record) };
}
