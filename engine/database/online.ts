import * as z from 'zod';
import type { UnitPlace } from '../dialects/ledger-sql.ts';
import type { Online } from '../plan/plan.ts';
import { one, type Database } from './database.ts';
import { TransientDatabaseError } from './errors.ts';

const state = z.object({ state: z.enum(['absent', 'running', 'broken', 'done']) });

/** What the catalog says of a statement that runs beside the traffic. */
export const stateOf = async (database: Database, unit: Online): Promise<z.infer<typeof state>['state']> =>
  (await one(database, { text: unit.state }, state)).state;

/** Says that a statement was answered, so that nobody awaits it. */
type Answered = () => Promise<void>;

/**
 * Asked before each statement that is sent: null while none may be; raises what keeps it from being sent at all. A statement
 * of a worker that has been fenced meanwhile would come after its undo.
 */
export type MayStart = () => Promise<Answered | null>;

const anybody: MayStart = () => Promise.resolve(() => Promise.resolve());

/** Starts, watches, or starts over a statement that runs beside the traffic; true when it is done. */
export async function advance(
  database: Database,
  unit: Online,
  mayStart: MayStart = anybody,
  place?: UnitPlace,
): Promise<boolean> {
  const now = await stateOf(database, unit);
  if (now === 'done') return true;
  if (now === 'running') return false;
  if (now === 'broken' && unit.clean !== null) {
    const { clean } = unit;
    if ((await sent(mayStart, () => database.run({ text: clean }))) === 'not sent') return false;
  }
  try {
    if ((await sent(mayStart, () => begin(database, unit, place))) !== 'finished') return false;
  } catch (error) {
    // The answer may be lost or wrong while the statement runs, or there are two of it: the catalog knows.
    const then = await stateOf(database, unit);
    if (then !== 'running' && then !== 'done') throw error;
    return then === 'done';
  }
  return (await stateOf(database, unit)) === 'done';
}

/** Whoever gets no answer leaves the statement awaited: it may arrive later. */
async function sent<T>(mayStart: MayStart, send: () => Promise<T>): Promise<T | 'not sent'> {
  const answered = await mayStart();
  if (answered === null) return 'not sent';
  try {
    const answer = await send();
    await answered();
    return answer;
  } catch (error) {
    if (!(error instanceof TransientDatabaseError) || error.sqlState !== undefined) await answered();
    throw error;
  }
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
