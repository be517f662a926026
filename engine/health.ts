import * as z from 'zod';
import type { Database } from './database.ts';
import { probeHealth } from './dialects/postgres/health.ts';

export interface Throttle {
  readonly replicaLagMs: number;
  readonly blockedSessions: number;
}

export type Verdict = { readonly verdict: 'pass' } | { readonly verdict: 'wait'; readonly reason: string };

/** A verdict with the numbers it stands on; none where they could not be read. */
export type Health = Verdict & { readonly measured?: z.infer<typeof health> };

const health = z.object({ blockedSessions: z.number(), replicaLagMs: z.number().nullable() });

/** Whether the database has room for the next batch. A signal that cannot be read counts as bad. */
export async function askHealth(database: Database, throttle: Throttle): Promise<Health> {
  try {
    const [now] = await database.rows(probeHealth, health);
    return now
      ? { ...judgeHealth(now, throttle), measured: now }
      : { verdict: 'wait', reason: 'the health probe gave nothing' };
  } catch (error) {
    // Fail closed: a lag we cannot read is a lag we must assume.
    return {
      verdict: 'wait',
      reason: `the health probe failed: ${error instanceof Error ? error.name : 'unknown'}`,
    };
  }
}

export function judgeHealth(now: z.infer<typeof health>, throttle: Throttle): Verdict {
  if (now.blockedSessions > throttle.blockedSessions)
    return { verdict: 'wait', reason: `${now.blockedSessions} sessions wait for locks` };
  if (now.replicaLagMs !== null && now.replicaLagMs > throttle.replicaLagMs)
    return { verdict: 'wait', reason: `replicas lag by ${Math.round(now.replicaLagMs)} ms` };
  return { verdict: 'pass' };
}
