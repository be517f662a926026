import { PreflightFailed } from '../../engine/database/errors.ts';
import type { Claim, LedgerRecord } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import type { Tools } from '../runtime/tools.ts';
import { declarationOf, entryOf } from './claim-entry.ts';
import { putBackLeftovers } from './leftovers.ts';

/** Claimed; `plan` is null where all that stood had to be put back. */
type HalfDone =
  { readonly claim: Claim; readonly plan: Plan } | { readonly claim: Claim; readonly plan: null };

/** Something may stand from an earlier execution: claims it as it is, and puts back what must not stand now. Null: nothing stands. */
export async function goOn(
  spec: Spec,
  record: LedgerRecord,
  { execution, tools }: { readonly execution: string; readonly tools: Pick<Tools, 'database' | 'ledger'> },
): Promise<HalfDone | null> {
  const standing = await tools.ledger.applied(spec.name);
  if (record.status === 'completed' || standing.contracted())
    throw new PreflightFailed(`${spec.name} was completed already; a new change needs a new migration file`);
  if (standing.nothing()) return null;
  if (record.declaration !== declarationOf(spec))
    throw new PreflightFailed(
      `${spec.name} stands half done in the database, but its table, change or dependents were edited since. ` +
        'Put the file back, or run it once more with `onRollback: remove` and reject its first gate.',
    );
  const plan = storedPlan(record);
  const claim = await tools.ledger.claim(entryOf(spec, { plan, execution, seen: record.epoch }));
  const left = await putBackLeftovers(tools, claim, plan, spec.lockTimeoutMs);
  return left ? { claim, plan } : { claim, plan: null };
}
