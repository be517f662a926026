import type { Remedies } from '../dialects/for-people.ts';
import type { Database } from '../database/database.ts';
import { TransientDatabaseError } from '../database/errors.ts';
import type { HealthFacts } from './health-facts.ts';

export interface Throttle {
  readonly replicaLagMs: number;
  readonly blockedSessions: number;
  /** The author's own signal: a query that gives a row while workers must rest. */
  readonly query?: string;
}

export type Verdict =
  | { readonly verdict: 'pass' }
  /** `unreadable`: not the database is in trouble, as far as we know; its signals could not be read. */
  | { readonly verdict: 'wait'; readonly reason: string; readonly unreadable: boolean };

/** A verdict with the numbers it stands on; none where they could not be read. */
export type Health = Verdict & { readonly measured?: HealthFacts };

/** Whether the database has room for the next batch. A signal that cannot be read counts as bad. */
export async function askHealth(database: Database, throttle: Throttle): Promise<Health> {
  try {
    const now = await database.dialect.look.health(database);
    if (now === undefined) return unreadable('the health probe gave nothing');
    const verdict = judgeHealth(now, throttle, database.dialect.remedies);
    return { ...(verdict.verdict === 'pass' ? await askQuery(database, throttle) : verdict), measured: now };
  } catch (error) {
    // Fail closed: a lag we cannot read is a lag we must assume.
    return unreadable(`the health probe failed: ${error instanceof Error ? error.name : 'unknown'}`);
  }
}

async function askQuery(database: Database, { query }: Throttle): Promise<Verdict> {
  if (query === undefined) return { verdict: 'pass' };
  try {
    return (await database.dialect.look.givesRow(database, query))
      ? busy('the query of guardrails.throttle gives a row')
      : { verdict: 'pass' };
  } catch (error) {
    return unreadable(
      `the query of guardrails.throttle failed: ${error instanceof Error ? error.name : 'unknown'}`,
    );
  }
}

export function judgeHealth(
  now: HealthFacts,
  throttle: Throttle,
  { seeReplicaLag }: Pick<Remedies, 'seeReplicaLag'>,
): Verdict {
  if (now.blockedSessions > throttle.blockedSessions)
    return busy(`sessions that wait for a lock: ${now.blockedSessions}, limit ${throttle.blockedSessions}`);
  if (now.replicaLagHidden)
    return unreadable(`the lag of the replicas is hidden from the role of the migration: ${seeReplicaLag}`);
  if (now.replicaLagMs !== null && now.replicaLagMs > throttle.replicaLagMs)
    return busy(`lag of the replicas: ${Math.round(now.replicaLagMs)} ms, limit ${throttle.replicaLagMs} ms`);
  if (typeof now.pressing === 'string') return busy(now.pressing);
  return { verdict: 'pass' };
}

const busy = (reason: string): Verdict => ({ verdict: 'wait', reason, unreadable: false });
const unreadable = (reason: string): Verdict => ({ verdict: 'wait', reason, unreadable: true });

const longestBlindMs = 120_000;

/** Waiting for a busy database is patience; waiting for signals that never come would go unnoticed for weeks. */
export class Patience {
  private blindSinceMs: number | undefined;

  /**
   * Takes note of a verdict; `nowMs` is of any clock that does not go back.
   * Raises TransientDatabaseError when nothing could be read for more than two minutes in a row.
   */
  note(verdict: Verdict, nowMs: number): void {
    if (verdict.verdict === 'pass' || !verdict.unreadable) {
      this.blindSinceMs = undefined;
      return;
    }
    this.blindSinceMs ??= nowMs;
    if (nowMs - this.blindSinceMs > longestBlindMs) throw new TransientDatabaseError(verdict.reason);
  }
}
