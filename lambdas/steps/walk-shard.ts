import type { Settings } from '../../engine/plan/settings.ts';
import type { Tools } from '../runtime/tools.ts';
import { ShardCalls } from './shard-calls.ts';
import type { ShardOfWalk, ShardStatements } from './shard.ts';
import { refuseTooManyStubborn } from './stubborn-limit.ts';
import { WalkLeave } from './walk-leave.ts';
import { WalkMetrics } from './walk-metrics.ts';
import { WalkPace } from './walk-pace.ts';
import { Walker } from './walker.ts';

const mostLocksMissed = 20;

/**
 * Walks one shard until it is done or the time is up, as the guardrails, the database's health and people let it.
 * Raises Aborted, NotNow, Fenced, GuardrailBreached, LockNotAcquired, StatementRefused, TransientAwsError, TransientDatabaseError,
 * VerificationFailed.
 */
export async function walkShard(
  statements: ShardStatements,
  place: ShardOfWalk,
  settings: Settings,
  tools: Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>,
): Promise<{ readonly done: boolean }> {
  const begun = await tools.ledger.walks.shards(place, place.walk);
  const own = begun.find(({ shard }) => shard === place.shard);
  // What earlier invocations have passed already, so that no row is reported twice.
  const metrics = new WalkMetrics({ ...place, target: tools.target.name }, own?.rows ?? 0);
  const calls = new ShardCalls(statements, place, settings.lockTimeoutMs, tools.database);
  const pace = await WalkPace.begun(settings, { begun, shard: place.shard }, tools, mostLocksMissed);
  const walker = new Walker(place, calls, pace, tools, {
    leave: new WalkLeave(place.migration, place.walk.purpose, settings, tools, metrics),
    noteStatement: (rows) => metrics.noteStatement(rows),
    notePassedOver: () => refuseTooManyStubborn(place, settings, tools),
  });
  try {
    return { done: await walker.walk() };
  } finally {
    metrics.publish();
  }
}
