import type { Database } from '../../engine/database/database.ts';
import { ComparisonOvertaken, VerificationFailed } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { Purpose, WalkId } from '../../engine/ledger/walk-id.ts';
import type { Plan, Unit } from '../../engine/plan/plan.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import { asFollowed, measureDualWrite } from './measure-changes.ts';

// Behind a reconciliation there comes another one.
const lastOfTheirKind: ReadonlySet<Purpose> = new Set(['verify', 'before-contract']);

/**
 * Whether rows may have come to the table where a finished comparison had passed already, and no trigger has seen them: with a partition
 * that was attached, or while a trigger was off. Raises VerificationFailed where they came with a child table, on whose rows none fires.
 */
export async function isOvertaken(
  plan: Plan,
  claim: Claim,
  walk: WalkId,
  database: Database,
): Promise<boolean> {
  const { schema, name } = plan.table;
  const children = await database.dialect.look.children(database, plan.table);
  if (children.length > 0)
    throw new VerificationFailed(
      `${children.join(', ')} ${children.length === 1 ? 'inherits' : 'inherit'} from ${schema}.${name} since it was planned: ` +
        `their rows count as its own, and no trigger of the dual write fires on them. Take them off (ALTER TABLE … NO INHERIT ${schema}.${name}), and start again`,
    );
  if (!lastOfTheirKind.has(walk.purpose)) return false;
  const followed = asFollowed(plan, walk.purpose === 'before-contract');
  return (await measureDualWrite(followed, { claim, since: walk }, database)).changed.length > 0;
}

/**
 * Asked right before reads move or names are exchanged: days may lie between the comparison and that, in a pause, for a change window, or
 * while an index is built, and no gate need be asked. Raises ComparisonOvertaken, and VerificationFailed as above.
 */
export async function refuseOvertaken(
  plan: Plan,
  claim: Claim,
  walk: WalkId,
  database: Database,
): Promise<void> {
  if (walkFor(plan, walk.purpose) === undefined || !(await isOvertaken(plan, claim, walk, database))) return;
  throw new ComparisonOvertaken(`rows may have come behind the comparison ${walk.purpose} ${walk.n}`);
}

/**
 * The units of such a step, of which the first one asks once more when it has its lock: what it has waited for may have been an ATTACH. It
 * fails as what may be sent again then. Where tables exchange names, what came to them is asked of by the plan.
 */
export function refusingOvertaken(
  units: readonly Unit[],
  plan: Plan,
  { claim, walk }: { readonly claim: Claim; readonly walk: WalkId },
  { dialect }: Database,
): readonly Unit[] {
  const { refuseChangedTriggers } = dialect.look;
  const { triggers } = asFollowed(plan, walk.purpose === 'before-contract').expects;
  const [first] = units;
  if (refuseChangedTriggers === null || first?.kind !== 'brief' || first.lock !== 'ACCESS EXCLUSIVE')
    return units;
  if (plan.shape.kind !== 'columns' || triggers.length === 0) return units;
  const refuses = refuseChangedTriggers({ claim, table: plan.table, triggers, since: walk });
  return units.with(0, { ...first, statements: [...first.statements, refuses] });
}
