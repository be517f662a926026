import { VerificationFailed } from '../../engine/database/errors.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { publish } from '../runtime/metrics.ts';
import type { Tools } from '../runtime/tools.ts';
import type { ShardOfWalk } from './shard.ts';

/**
 * Publishes how many rows refuse the change. Raises VerificationFailed where they are more than the spec allows; `sqlState`
 * is the last one's.
 */
export async function refuseTooManyStubborn(
  place: ShardOfWalk,
  sqlState: string,
  { backfill }: Settings,
  { ledger, target }: Pick<Tools, 'ledger' | 'target'>,
): Promise<void> {
  const stubborn = await ledger.walks.stubbornCount(place.migration);
  publish({ ...place, target: target.name }, { StubbornRows: stubborn });
  if (stubborn > backfill.stubbornRows)
    throw new VerificationFailed(
      `more than ${backfill.stubbornRows} rows refuse the change; the last with SQLSTATE ${sqlState}`,
    );
}
