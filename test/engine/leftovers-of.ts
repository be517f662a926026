import { auditLeftovers, type Audit } from '../../engine/audit/audit.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';

/** What an audit finds open once a migration has ended so. */
export async function leftoversOf(
  { database, ledger, plan, claim }: MigrationUnderTest,
  outcome: 'completed' | 'rolled-back' = 'completed',
): Promise<Audit['open']> {
  const applied = await ledger.applied(claim.migration);
  const since = new Date().toISOString();
  const audit = await auditLeftovers(database, {
    plan,
    outcome,
    applied,
    readShare: null,
    stubbornRows: 0,
    since,
  });
  return audit.open;
}
