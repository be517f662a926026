import type { RowsMeasured } from '../../engine/evidence/measured.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import { isFinished, type Walks } from '../../engine/ledger/walks.ts';

/** What a comparison of every row saw, and whether something was written since. */
export async function measureRows(
  walks: Walks,
  claim: Claim,
  walk: WalkId,
): Promise<Omit<RowsMeasured, 'freshSeconds' | 'changedTriggers' | 'mostPartial'>> {
  const compared = await walks.find(claim, walk);
  // Asked for last: a repair in between makes the comparison too old, and never a later one too young.
  const lastRepairAt = await walks.lastWritten(claim.migration);
  if (compared === null)
    return {
      rows: 0,
      mismatches: 0,
      finished: false,
      startedAt: null,
      finishedAt: null,
      ageSeconds: 0,
      lastRepairAt,
    };
  const { rows, changed: mismatches, from: startedAt, to: finishedAt, ageSeconds } = compared;
  return {
    rows,
    mismatches,
    finished: isFinished(compared),
    startedAt,
    finishedAt,
    ageSeconds,
    lastRepairAt,
  };
}
