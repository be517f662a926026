import type { Database } from '../../engine/database/database.ts';
import { ComparisonOvertaken, VerificationFailed } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { Purpose, WalkId } from '../../engine/ledger/walk-id.ts';
import { livedPhases, type PhaseName, type Plan, type Unit } from '../../engine/plan/plan.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import { asFollowed, measureDualWrite } from './measure-changes.ts';

// Behind a reconciliation there comes another one.
const lastOfTheirKind: ReadonlySet<Purpose> = new Set(['verify', 'before-contract', 'before-drop']);

const followedAt = (plan: Plan, { purpose }: WalkId): Plan => asFollowed(plan, purpose !== 'verify');

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
  return (
    (await measureDualWrite(followedAt(plan, walk), { claim, since: walk }, database)).changed.length > 0
  );
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
 * Asked before the old side of an application that writes both is dropped: walks leave rows alone that came with a partition when the new
 * side was the truth, and lack it. Whether there are such, a walk in the quarantine finds. Raises ComparisonOvertaken.
 */
export async function refuseUnsaid(plan: Plan, walk: WalkId, database: Database): Promise<void> {
  const isDue = plan.follow === 'application' && walkFor(plan, 'before-drop') !== undefined;
  if (!isDue || walk.purpose === 'before-drop') return;
  const attached = await database.dialect.look.attachedBehind(database, plan);
  if (attached.length > 0)
    throw new ComparisonOvertaken(`${attached.join(', ')} came when the new side was the truth`);
}

/**
 * The comparison that a phase rests on; null where it rests on none. The old columns of a table that is in quarantine are compared again only
 * where rows may have come with a partition: of what others write since then the new side knows all.
 */
export const restsOn = (plan: Plan, phase: PhaseName, comparison: WalkId | null): WalkId | null =>
  phase === 'contract' &&
  livedPhases(plan).includes('quarantine') &&
  walkFor(plan, 'before-drop') === undefined
    ? null
    : comparison;

/**
 * The units of such a step, of which the first one asks once more when it has its lock: what it has waited for may have been an ATTACH. It
 * fails as what may be sent again then. The contract asks before it drops the triggers that tell; all else as the last thing, for it may
 * have to lock views before the table. Where tables exchange names, what came to them is asked of by the plan.
 */
export function refusingOvertaken(
  units: readonly Unit[],
  plan: Plan,
  { claim, walk, phase }: { readonly claim: Claim; readonly walk: WalkId; readonly phase: PhaseName },
  { dialect }: Database,
): readonly Unit[] {
  const { refuseChangedTriggers } = dialect.look;
  const { triggers } = followedAt(plan, walk).expects;
  const [first] = units;
  if (refuseChangedTriggers === null || first?.kind !== 'brief' || first.lock !== 'ACCESS EXCLUSIVE')
    return units;
  const isAsked = triggers.length > 0 || plan.follow === 'application';
  if (plan.shape.kind !== 'columns' || !isAsked || walkFor(plan, walk.purpose) === undefined) return units;
  const refuses = refuseChangedTriggers({ claim, table: plan.table, triggers, since: walk });
  const { statements } = first;
  return units.with(0, {
    ...first,
    statements: phase === 'contract' ? [...refuses, ...statements] : [...statements, ...refuses],
  });
}
