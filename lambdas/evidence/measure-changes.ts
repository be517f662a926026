import type { Database } from '../../engine/database/database.ts';
import { changedFacts, sideFactsOf } from '../../engine/plan/side-facts.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { isSwapped } from '../../engine/shapes/shape.ts';
import type { GateName } from '../../engine/spec/spec.ts';

/** What hangs on the old columns and is not as it was planned for; null where there are none by their names. */
export async function measureChanges(
  gate: GateName,
  { shape, oldSide }: Plan,
  database: Database,
): Promise<readonly string[] | null> {
  if (oldSide === undefined || shape.kind !== 'columns') return null;
  // They have exchanged their names, and the rest has gone with the new ones.
  if (gate === 'contract' && isSwapped(shape)) return null;
  return changedFacts(oldSide, await sideFactsOf(shape.old, database));
}

/** Which triggers of the dual write do not fire on every write; null where all do, or where there is none. */
export const measureTriggersOff = (
  { table, expects: { triggers } }: Plan,
  database: Database,
): Promise<string | null> =>
  triggers.length === 0
    ? Promise.resolve(null)
    : database.dialect.look.silentTriggers(database, { table, triggers });
