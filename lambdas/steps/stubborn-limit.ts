import { VerificationFailed } from '../../engine/database/errors.ts';
import { stubbornText } from '../../engine/evidence/stubborn-rows.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { publish } from '../runtime/metrics.ts';
import type { Tools } from '../runtime/tools.ts';
import type { ShardOfWalk } from './shard.ts';
import { stubbornRows } from './stubborn.ts';

/** Publishes how many rows refuse the change. Raises VerificationFailed where they are more than the spec allows. */
export async function refuseTooManyStubborn(
  place: ShardOfWalk,
  { backfill }: Settings,
  tools: Pick<Tools, 'database' | 'ledger' | 'target'>,
): Promise<void> {
  const count = await tools.ledger.walks.stubbornCount(place.migration);
  publish({ ...place, target: tools.target.name }, { StubbornRows: count });
  if (count > backfill.stubbornRows)
    throw new VerificationFailed(
      `more than ${backfill.stubbornRows} rows refuse the change: ${stubbornText(await stubbornRows(place.migration, tools))}`,
    );
}
