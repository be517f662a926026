import { PreflightFailed, TransientDatabaseError } from '../../engine/database/errors.ts';
import type { Applied } from '../../engine/ledger/applied.ts';
import { refuseIfCompleted } from '../../engine/ledger/claim.ts';
import type { Claim, LedgerRecord } from '../../engine/ledger/ledger.ts';
import { truthOf } from '../../engine/ledger/truth.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import type { Tools } from '../runtime/tools.ts';
import { declarationOf, entryOf } from './claim-entry.ts';
import { leftoversOf, putBackLeftovers } from './leftovers.ts';

/** Why a start goes back before anything else, as the state machine keeps a failure. */
export interface GoesBack {
  readonly phase: 'confidence' | 'quarantine';
  readonly error: { readonly Error: string; readonly Cause: string };
}

/** Claimed; `plan` is null where all that stood had to be put back, and `goesBack` where it can go on. */
type HalfDone =
  | { readonly claim: Claim; readonly plan: Plan; readonly goesBack: GoesBack | null }
  | { readonly claim: Claim; readonly plan: null; readonly goesBack: null };

/**
 * Something may stand from an earlier execution: claims it as it is, and puts back what must not stand now. Null: nothing
 * stands. Where the application writes both sides and the new one is the truth, nothing is put back here: the old one has to be brought
 * up first, while writers know of it, and that is the work of an ordinary rollback.
 */
export async function goOn(
  spec: Spec,
  record: LedgerRecord,
  { execution, tools }: { readonly execution: string; readonly tools: Pick<Tools, 'database' | 'ledger'> },
): Promise<HalfDone | null> {
  const standing = await tools.ledger.applied(spec.name);
  refuseIfCompleted(spec.name, record.status, standing);
  if (standing.nothing()) return null;
  if (record.declaration !== declarationOf(spec))
    throw new PreflightFailed(
      `${spec.name} stands half done in the database, but its table, change or dependents were edited since. ` +
        'Put the file back, or run it once more with `onRollback: remove` and reject its first gate.',
    );
  const plan = storedPlan(record);
  const its = {
    claim: { migration: spec.name, epoch: record.epoch },
    plan,
    goesBack: goesBackOf(plan, standing),
  };
  // This execution's own claim by a call that had nothing to put back, or has: a new epoch would fence its answer.
  const isOwn = record.status === 'running' && record.execution === execution;
  if (isOwn && (its.goesBack !== null || leftoversOf(standing).length === 0)) return its;
  const claim = await tools.ledger.claimAnew(entryOf(spec, { plan, execution, seen: record.epoch }));
  // What a machine has begun by the answer of another copy would be put back under its own epoch.
  if (claim === null) throw new TransientDatabaseError(`another call of this start has claimed ${spec.name}`);
  // Asked once more, under the claim: a function of the execution before could still move the truth until then.
  const goesBack = goesBackOf(plan, await tools.ledger.applied(spec.name));
  if (goesBack !== null) return { claim, plan, goesBack };
  const left = await putBackLeftovers(tools, claim, plan, spec.lockTimeoutMs);
  return { claim, plan: left ? plan : null, goesBack: null };
}

function goesBackOf(plan: Plan, standing: Applied): GoesBack | null {
  if (truthOf(plan, standing) === 'old') return null;
  const phase = standing.begun('quarantine') ? 'quarantine' : 'confidence';
  const where = `${plan.table.schema}.${plan.table.name}`;
  const Cause =
    `a start of ${plan.migration} was stopped in ${phase}, when the new side of ${where} was the truth. ` +
    'What was written there is copied to the old side first. Start it again after that';
  return { phase, error: { Error: 'StoppedBefore', Cause } };
}
