import * as z from 'zod';
import type { UnitPlace } from '../dialects/ledger-sql.ts';
import type { Online } from '../plan/plan.ts';
import { one, type Database } from './database.ts';

const state = z.object({ state: z.enum(['absent', 'running', 'broken', 'done']) });

/** What the catalog says of a statement that runs beside the traffic. */
export const stateOf = async (database: Database, unit: Online): Promise<z.infer<typeof state>['state']> =>
  (await one(database, { text: unit.state }, state)).state;

/**
 * Starts, watches, or starts over a statement that runs beside the traffic; true when it is done. `mayStart` is asked
 * before it is started, and raises what keeps it from being started.
 */
export async function advance(
  database: Database,
  unit: Online,
  mayStart: () => Promise<void> = () => Promise.resolve(),
  place?: UnitPlace,
): Promise<boolean> {
  const now = await stateOf(database, unit);
  if (now === 'done') return true;
  if (now === 'running') return false;
  await mayStart();
  if (now === 'broken' && unit.clean !== null) await database.run({ text: unit.clean });
  try {
    if ((await begin(database, unit, place)) === 'running') return false;
  } catch (error) {
    // The answer may be lost or wrong while the statement runs, or there are two of it: the catalog knows.
    const then = await stateOf(database, unit);
    if (then !== 'running' && then !== 'done') throw error;
    return then === 'done';
  }
  return (await stateOf(database, unit)) === 'done';
}

async function begin(
  database: Database,
  { statement, session }: Online,
  place: UnitPlace | undefined,
): Promise<'finished' | 'running'> {
  if (session === undefined) return database.start({ text: statement });
  if (database.runTogether === undefined) throw new Error('this database runs no statements together');
  // A probe has no place in the ledger, and asks for none.
  const named = Object.entries({ ...place });
  const opening = session.map((text) => ({
    text,
    parameters: Object.fromEntries(named.filter(([name]) => text.includes(`:${name}`))),
  }));
  await database.runTogether([...opening, { text: statement }]);
  return 'finished';
}
