import * as z from 'zod';
import type { Database } from '../../engine/database/database.ts';
import { sideFactsOf } from '../../engine/catalog/side-facts.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import type { Applied } from '../../engine/ledger/applied.ts';
import { changedFacts } from '../../engine/plan/side-facts.ts';
import type { Differences } from '../../engine/plan/differences.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { isSwapped } from '../../engine/shapes/shape.ts';
import type { GateName } from '../../engine/plan/settings.ts';

/** What hangs on the old columns and is not as it was planned for; null where there are none by their names. */
export async function measureChanges(
  gate: GateName,
  { shape, oldSide, follow }: Plan,
  database: Database,
): Promise<readonly string[] | null> {
  if (oldSide === undefined || (shape.kind !== 'columns' && shape.kind !== 'split')) return null;
  // They have exchanged their names, and the rest has gone with the new ones.
  if (gate === 'contract' && isSwapped(shape)) return null;
  const changed = changedFacts(oldSide, await sideFactsOf(shape.old, database));
  // The read switch itself lets the old columns be NULL, for versions that do not write them any more; a way back leaves it so.
  return follow === 'application' ? changed.filter((what) => !what.startsWith('NOT NULL of ')) : changed;
}

const difference = z.object({ what: z.string() });

/** What a table and the one that takes its name do not both have; null where none does. */
export async function measureDifferences(
  { differences }: Plan,
  way: keyof Differences,
  database: Database,
): Promise<readonly string[] | null> {
  if (differences === undefined) return null;
  return (await database.rows({ text: differences[way] }, difference)).map(({ what }) => what);
}

/**
 * What came to the names since they were exchanged, and stays with the new side on the way back; null where nothing did. Of
 * columns it is known by what hangs on them under a name that was not there.
 */
export async function measureCameSince(
  plan: Plan,
  applied: Applied,
  database: Database,
): Promise<string | null> {
  if (!applied.has('swap', 'run', 0)) return null;
  const { shape, oldSide } = plan;
  const came =
    oldSide !== undefined && isSwapped(shape)
      ? changedFacts(oldSide, await sideFactsOf(shape.old, database)).filter((what) =>
          what.endsWith(' is new'),
        )
      : ((await measureDifferences(plan, 'back', database)) ?? []);
  return came.length === 0 ? null : came.join('; ');
}

/** The dual write's triggers, table by table. */
const triggersOf = ({ table, shape, expects: { triggers } }: Plan) =>
  [
    { table, triggers },
    ...(shape.kind === 'split' ? [{ table: shape.new.table, triggers: shape.triggers }] : []),
  ].filter((each) => each.triggers.length > 0);

/** Which triggers of the dual write do not fire on every write; null where all do, or where there is none. */
export async function measureTriggersOff(plan: Plan, database: Database): Promise<string | null> {
  const found: string[] = [];
  for (const each of triggersOf(plan)) {
    const silent = await database.dialect.look.silentTriggers(database, each);
    if (silent !== null) found.push(silent);
  }
  return found.length === 0 ? null : found.join('; ');
}

/** Which of them somebody has changed since a walk began, or since they were made: they may have been off for a while. */
export async function measureTriggersChanged(
  plan: Plan,
  { claim, since }: { readonly claim: Claim; readonly since: WalkId | null },
  database: Database,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const each of triggersOf(plan))
    found.push(...(await database.dialect.look.changedTriggers(database, { claim, ...each, since })));
  return found;
}

/** Which writes of the new shape may have passed, for the people who are notified of a rollback; null where none. */
export async function measureDoubt(plan: Plan, claim: Claim, database: Database): Promise<string | null> {
  const off = await measureTriggersOff(plan, database);
  if (off !== null) return off;
  const changed = await measureTriggersChanged(plan, { claim, since: null }, database);
  return changed.length === 0
    ? null
    : `somebody has changed ${changed.join(', ')}, or the database was restored`;
}
