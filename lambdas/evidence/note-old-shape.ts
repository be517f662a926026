import type { Claim } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { usageOf } from '../../engine/dialects/usages.ts';
import { leavingColumns } from '../../engine/shapes/shape.ts';
import type { Tools } from '../runtime/tools.ts';

/** Notes how often statements about the columns that leave were called so far, to tell later what ran since. */
export async function noteOldShape(
  { database }: Pick<Tools, 'database'>,
  claim: Claim,
  { shape, table }: Plan,
): Promise<void> {
  const columns = leavingColumns(shape).map(({ name }) => name);
  if (columns.length > 0) await usageOf(database, { table, columns }).note(claim);
}
