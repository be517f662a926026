import type { Database } from '../../engine/database/database.ts';
import { VerificationFailed } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { Purpose, WalkId } from '../../engine/ledger/walk-id.ts';
import type { Plan } from '../../engine/plan/plan.ts';
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
