import type { Database } from '../database/database.ts';
import { TransientDatabaseError } from '../database/errors.ts';
import type { HealthAsked, HealthFacts, Throttle } from './health-facts.ts';
import { busy, judgeSignal, limited, limitOf, signals, unreadable, type Verdict } from './signals.ts';

/** A verdict with the readings it stands on; none where they could not be had. */
export type Health = Verdict & { readonly measured?: HealthFacts };

/**
 * Whether the database has room for the next batch. `before`: what an earlier look measured, without which counters say
 * nothing. A signal that cannot be read counts as bad.
 */
export async function askHealth(
  database: Database,
  asked: HealthAsked,
  before?: HealthFacts,
): Promise<Health> {
  try {
    const measured = await database.dialect.look.health(database, asked);
    const verdict = judgeHealth(measured, asked.throttle, before);
    return { ...(await withQuery(verdict, database, asked.throttle)), measured };
  } catch (error) {
    // Fail closed: a lag we cannot read is a lag we must assume.
    return unreadable(`the health probe failed: ${error instanceof Error ? error.name : 'unknown'}`);
  }
}

async function withQuery(verdict: Verdict, database: Database, { query }: Throttle): Promise<Verdict> {
  if (verdict.verdict === 'stop' || query === undefined) return verdict;
  try {
    return (await database.dialect.look.givesRow(database, query))
      ? busy('the query of guardrails.throttle gives a row')
      : verdict;
  } catch (error) {
    return unreadable(
      `the query of guardrails.throttle failed: ${error instanceof Error ? error.name : 'unknown'}`,
    );
  }
}

/** The first signal that stops, else the one that slows most. */
export function judgeHealth(now: HealthFacts, throttle: Throttle, before: HealthFacts = {}): Verdict {
  let worst: Verdict = { verdict: 'go' };
  for (const name of limited(throttle)) {
    const verdict = judgeSignal(
      signals[name],
      { now: now[name], before: before[name] },
      limitOf(name, throttle) ?? 0,
    );
    if (verdict.verdict === 'stop') return verdict;
    if (verdict.verdict === 'slow' && (worst.verdict === 'go' || verdict.share < worst.share))
      worst = verdict;
  }
  return worst;
}

const longestBlindMs = 120_000;

/** Waiting for a busy database is patience; waiting for signals that never come would go unnoticed for weeks. */
export class Patience {
  private blindSinceMs: number | undefined;

  /**
   * Takes note of a verdict; `nowMs` is of any clock that does not go back.
   * Raises TransientDatabaseError when nothing could be read for more than two minutes in a row.
   */
  note(verdict: Verdict, nowMs: number): void {
    if (verdict.verdict !== 'stop' || !verdict.unreadable) {
      this.blindSinceMs = undefined;
      return;
    }
    this.blindSinceMs ??= nowMs;
    if (nowMs - this.blindSinceMs > longestBlindMs) throw new TransientDatabaseError(verdict.reason);
  }
}
