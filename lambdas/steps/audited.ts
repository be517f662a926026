import { auditLeftovers, type Audit } from '../../engine/audit/audit.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/tools.ts';

/** What a migration has left, as the catalog, the ledger and the read flag say now. It reads no row of the table. */
export async function auditNow(
  { database, ledger, readFlag }: Pick<Tools, 'database' | 'ledger' | 'readFlag'>,
  plan: Plan,
  outcome: 'completed' | 'rolled-back',
): Promise<Audit> {
  const { migration } = plan;
  return auditLeftovers(database, {
    plan,
    outcome,
    applied: await ledger.applied(migration),
    readShare: await readFlag.shareIfThere(migration),
    stubbornRows: await ledger.walks.stubbornCount(migration),
    since: await ledger.endedAt(migration),
  });
}
