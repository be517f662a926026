import { Fenced } from '../../engine/database/errors.ts';
import type { Claim, Ledger } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { StandingOrder } from '../../engine/ledger/standing-order.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { storedPlan, storedSettings } from '../../engine/plan/stored.ts';

export interface ClaimedMigration {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly execution: string;
  readonly phase: string;
  /** What a person had ordered when it was read. */
  readonly standing: StandingOrder | null;
}

/** The plan and settings of a claimed migration. Raises Fenced when the claim is over. */
export async function readClaimed(ledger: Ledger, claim: Claim): Promise<ClaimedMigration> {
  const record = await ledger.find(claim.migration);
  if (record?.epoch !== claim.epoch) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
  const { execution, phase, standing } = record;
  return { plan: storedPlan(record), settings: storedSettings(record), execution, phase, standing };
}
