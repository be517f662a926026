import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../engine/database/database.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import { askHealth } from '../../engine/walk/health.ts';
import { needsSecondLook, ofReader } from '../../engine/walk/signals.ts';
import { shareText } from '../../engine/words/amounts.ts';

/** As between two looks of a worker. */
const betweenLooksMs = 1000;

/**
 * Why workers rest now, or work less, as those of this phase see it; null where they may work. Takes a second where counters
 * are asked.
 */
export async function restOfWorkers(
  { guardrails, table }: Pick<Settings, 'guardrails' | 'table'>,
  phase: MigrationSummary['phase'],
  database: Database,
): Promise<string | null> {
  // After the backfill rows are compared, but for a repair.
  const throttle = phase === 'backfill' ? guardrails.throttle : ofReader(guardrails.throttle);
  let health = await askHealth(database, { throttle, table });
  if (needsSecondLook(throttle)) {
    await sleep(betweenLooksMs);
    health = await askHealth(database, { throttle, table }, health.measured);
  }
  if (health.verdict === 'go') return null;
  return health.verdict === 'stop'
    ? health.reason
    : `slowed to ${shareText(health.share)} of the pace: ${health.reason}`;
}
