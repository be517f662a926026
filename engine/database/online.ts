import * as z from 'zod';
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
): Promise<boolean> {
  const now = await stateOf(database, unit);
  if (now === 'done') return true;
  if (now === 'running') return false;
  await mayStart();
  if (now === 'broken' && unit.clean !== null) await database.run({ text: unit.clean });
  try {
    if ((await database.start({ text: unit.statement })) === 'running') return false;
  } catch (error) {
    // The answer may be lost or wrong while the statement runs, or there are two of it: the catalog knows.
    const then = await stateOf(database, unit);
    if (then !== 'running' && then !== 'done') throw error;
    return then === 'done';
  }
  return (await stateOf(database, unit)) === 'done';
}
