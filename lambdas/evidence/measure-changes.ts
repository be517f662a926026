import * as z from 'zod';
import type { Database } from '../../engine/database/database.ts';
import { stateOf } from '../../engine/database/online.ts';
import { sideFactsOf } from '../../engine/catalog/side-facts.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import type { WalkId } from '../../engine/ledger/walk-id.ts';
import type { Applied } from '../../engine/ledger/applied.ts';
import { changedFacts } from '../../engine/plan/side-facts.ts';
import type { Differences } from '../../engine/plan/differences.ts';
import { phaseOf, type Plan } from '../../engine/plan/plan.ts';
import { aliasOf, isSwapped } from '../../engine/shapes/shape.ts';
import type { GateName } from '../../engine/plan/settings.ts';

/** What hangs on the old columns and is not as it was planned for; null where there are none by their names. */
export async function measureChanges(
  gate: GateName,
  { shape, oldSide, follow }: Plan,
  database: Database,
): Promise<readonly string[] | null> {
  if (oldSide === undefined) return null;
  // They have exchanged their names, and the rest has gone with the new ones.
  if (gate === 'contract' && isSwapped(shape)) return null;
  const changed = changedFacts(oldSide, (await sideFactsOf(shape, database)) ?? []);
  // What goes with the column, nothing gets: only what came to it says that somebody needs it.
  if (shape.kind === 'farewell') return changed.filter(isNew);
  // The read switch itself lets the old columns be NULL, for versions that do not write them any more.
  return follow === 'application' ? changed.filter((what) => !what.startsWith('NOT NULL of ')) : changed;
}

// Whichever column has the name.
const isOfTable = /^(?:publication|rule) /u;
const isNew = (what: string): boolean => what.endsWith(' is new');

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

/** What is worth knowing at a gate; null where the plan has nothing to ask. */
export async function measureRemarks(
  { remarks }: Pick<Plan, 'remarks'>,
  database: Database,
): Promise<readonly string[] | null> {
  if (remarks === undefined) return null;
  return (await database.rows({ text: remarks }, difference)).map(({ what }) => what);
}

/**
 * Whether both sides have exchanged their names: the last unit of the phase does it, and the first of its undo takes it back. Where that
 * commits by itself, its mark in the ledger lacks as long as nobody has its answer, and the catalog is asked.
 */
export async function isExchanged(plan: Plan, applied: Applied, database: Database): Promise<boolean> {
  const { run } = phaseOf(plan, 'swap');
  const last = run.at(-1);
  if (last === undefined) return false;
  // What says who has the names goes with the contract.
  if (last.kind === 'online' && !applied.contracted()) return (await stateOf(database, last)) === 'done';
  return applied.has('swap', 'run', run.length - 1) && !applied.has('swap', 'undo', 0);
}

/**
 * What came to the names since they were exchanged, as they are, and stays with the new side on the way back; null where nothing did. Of
 * columns it is known by what hangs on them under a name that was not there.
 */
export async function measureCameSince(plan: Plan, database: Database): Promise<string | null> {
  const { shape, oldSide } = plan;
  const came =
    oldSide !== undefined && isSwapped(shape)
      ? changedFacts(oldSide, (await sideFactsOf(shape, database)) ?? []).filter(
          (what) => isNew(what) && !isOfTable.test(what),
        )
      : ((await measureDifferences(plan, 'back', database)) ?? []);
  return came.length === 0 ? null : came.join('; ');
}

/** Who replicates a table by the name that the way back takes from it, or gives to it; null where nobody does. */
export async function measureReplication({ shape, table }: Plan, database: Database): Promise<string | null> {
  const alias = aliasOf(shape);
  if (alias === null) return null;
  const found = await database.dialect.look.replication(database, { base: alias.base, table });
  return found.length === 0 ? null : found.join('; ');
}

/** The plan as its dual write stands: before two tables exchange their names, it may be other triggers that fire. */
export const asFollowed = (plan: Plan, hasExchanged: boolean): Plan =>
  hasExchanged ? plan : { ...plan, expects: plan.expectsBeforeSwap ?? plan.expects };

/** The dual write's triggers, table by table. */
const triggersOf = ({ table, shape, expects: { triggers } }: Plan) =>
  [
    { table, triggers },
    ...(shape.kind === 'split' ? [{ table: shape.new.table, triggers: shape.triggers }] : []),
  ].filter((each) => each.triggers.length > 0);

/** What is known of the dual write's triggers. */
export interface TriggersMeasured {
  /** Which do not fire on every write; null where all do, or where there is none. */
  readonly silent: string | null;
  /** Which somebody has changed since: they may have been off for a while. */
  readonly changed: readonly string[];
}

/**
 * `since`: a walk's begin, or null: since they were made. First which are off, then which were changed: the other way round,
 * one that is off and on again in between would be seen by neither question.
 */
export async function measureDualWrite(
  plan: Plan,
  { claim, since }: { readonly claim: Claim; readonly since: WalkId | null },
  database: Database,
): Promise<TriggersMeasured> {
  const silent: string[] = [];
  for (const each of triggersOf(plan)) {
    const found = await database.dialect.look.silentTriggers(database, each);
    if (found !== null) silent.push(found);
  }
  const changed: string[] = [];
  // An application that writes both sides has none: what it does not write comes with a partition.
  const asked =
    plan.follow === 'application' && since !== null
      ? [{ table: plan.table, triggers: [] }]
      : triggersOf(plan);
  for (const each of asked)
    changed.push(...(await database.dialect.look.changedTriggers(database, { claim, ...each, since })));
  return { silent: silent.length === 0 ? null : silent.join('; '), changed };
}

/** Which writes of the new shape may have passed, for the people who are notified of a rollback; null where none. */
export async function measureDoubt(plan: Plan, claim: Claim, database: Database): Promise<string | null> {
  const { silent, changed } = await measureDualWrite(plan, { claim, since: null }, database);
  if (silent !== null) return silent;
  return changed.length === 0
    ? null
    : `somebody has changed ${changed.join(', ')}, or the database was restored`;
}
