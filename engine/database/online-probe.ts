import { inspectorOf, planningDialectOf } from '../dialects/planning-dialect.ts';
import type { Database } from './database.ts';
import type { OnlineProbe } from '../dialects/dialect.ts';
import { PreflightFailed, TransientDatabaseError } from './errors.ts';
import { advance, stateOf } from './online.ts';
import { livedPhases, phaseOf, type Plan } from '../plan/plan.ts';

/**
 * What a plan builds by statements that cannot stand in a transaction, and so leave something when they fail, or that need a
 * session of their own.
 */
const builtOutside = (plan: Plan): readonly string[] =>
  livedPhases(plan).flatMap((phase) =>
    phaseOf(plan, phase).run.flatMap((unit) =>
      unit.kind === 'online' && (unit.clean !== null || unit.session !== undefined) ? [unit.does] : [],
    ),
  );

/**
 * Tries on an empty table of our own whether this database, as we reach it, can build an index beside the traffic; days of
 * backfill would be in vain otherwise. It is started as the real one will be, and the catalog is believed, not the answer. Does nothing for a plan without one, and leaves nothing behind. The ledger's
 * schema must be there. Raises PreflightFailed.
 */
export async function probeOnline(plan: Plan, database: Database, attempt: string): Promise<void> {
  const needed = builtOutside(plan);
  if (needed.length === 0) return;
  await refuseTimeouts(needed, database);
  const dialect = planningDialectOf(database);
  const probe = dialect.onlineProbe(attempt);
  await database.run(probe.begin);
  const refusal = await refusalOf(probe, database);
  await database.run(probe.end);
  if (refusal !== undefined)
    throw new PreflightFailed(
      `this database does not ${probe.tries} when it is asked as Underpin asks it (${refusal}), ` +
        `and ${plan.migration} is to ${needed.join(', ')}. Nothing was changed. ` +
        (probe.remedy ??
          (plan.shape.kind === 'none'
            ? `Do it by ${dialect.client.name} instead.`
            : `Drop those indexes of the old column first, if the application can do without them, and build them on the new column by ${dialect.client.name} when the migration has completed.`)),
    );
}

/** A timeout would end each build before it is done, and each time that it is begun again. */
async function refuseTimeouts(needed: readonly string[], database: Database): Promise<void> {
  const timeouts = await inspectorOf(database).buildTimeouts();
  if (timeouts.length === 0) return;
  throw new PreflightFailed(
    `${timeouts.map(({ says }) => says).join(' and ')} for the role that migrates, which would end what takes hours: ${needed.join(', ')}. ` +
      `Nothing was changed. Lift it for that role: ${timeouts.map(({ remedy }) => remedy).join('; ')}.`,
  );
}

/** Undefined where the index was built, and also where a long transaction of somebody else let it wait too long. */
async function refusalOf({ unit }: OnlineProbe, database: Database): Promise<string | undefined> {
  try {
    if (await advance(database, unit)) return undefined;
    return (await stateOf(database, unit)) === 'broken' ? 'the index was left invalid' : undefined;
  } catch (error) {
    if (error instanceof TransientDatabaseError) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
