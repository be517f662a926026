import type { Claim } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/task.ts';

/** Notes how often statements about the old column were called so far, to tell later what ran since. */
export async function noteOldShape({ database }: Tools, claim: Claim, { shape, table }: Plan): Promise<void> {
  if (shape.kind === 'pair')
    await database.dialect.usage(database, { table, column: shape.old.column }).note(claim);
}
