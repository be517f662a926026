import type { Claim } from '../../engine/ledger/claim.ts';
import type { Ledger, LedgerRecord } from '../../engine/ledger/ledger.ts';
import { UndoFailed } from '../../engine/database/errors.ts';
import { livedPhases } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import type { ReadFlag } from '../runtime/read-flag.ts';
import { truthNow } from './walk-now.ts';

interface Its {
  readonly ledger: Ledger;
  readonly readFlag: ReadFlag;
}

/**
 * Fences the workers of an execution. Until then a copy of one of them may have moved reads forward again, or the truth of an application
 * that writes both sides, behind the flag that has sent reads back. They are sent back again then, writers are told, and the epoch begins
 * after that: it is what the way back counts from until all have heard. Nothing is lost in between, for writers that were told of
 * the old truth are strict.
 * Raises Fenced, UndoFailed, DeploymentInProgress, TransientAwsError and what the database raises.
 */
export async function fenceTellingWriters(
  { ledger, readFlag }: Its,
  migration: string,
  execution: string,
): Promise<Pick<Claim, 'epoch'> & { readonly record: LedgerRecord }> {
  const { epoch } = await ledger.fence(migration, execution);
  const record = await ledger.find(migration);
  if (!record) throw new UndoFailed(`the ledger has no ${migration}`);
  const plan = storedPlan(record);
  if (!livedPhases(plan).includes('read-switch')) return { epoch, record };
  const truth = await truthNow(plan, ledger);
  if (await readFlag.isBack(migration, truth)) return { epoch, record };
  await readFlag.switchBack(migration, truth);
  return { ...(await ledger.fence(migration, execution)), record };
}
