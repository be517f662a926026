import { setTimeout as sleep } from 'node:timers/promises';
import { Fenced, LockNotAcquired } from '../../engine/database/errors.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { restMs } from '../../engine/walk/pace.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import type { Tools } from '../runtime/tools.ts';
import { refusedForRow } from './refused-for-row.ts';
import { ShardCalls, type Answer } from './shard-calls.ts';
import type { ShardOfWalk, ShardStatements } from './shard.ts';
import { refuseTooManyStubborn } from './stubborn-limit.ts';
import { WalkLeave } from './walk-leave.ts';
import { WalkMetrics } from './walk-metrics.ts';
import { WalkPace } from './walk-pace.ts';

// Together with the time of a batch well below deadlock_timeout (1 s): in a deadlock with a writer of the application,
// whose own check comes after that time, the batch has given way before.
export const longestLockWaitMs = 200;

type Its = Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>;

/**
 * Walks one shard until it is done or the time is up: one statement after the other, each as large as its time allows,
 * resting between them; without rests the next one is sent before the last one's answer is here. Rows that refuse are found
 * by halving, remembered and passed over.
 * Raises Aborted, NotNow, Fenced, GuardrailBreached, LockNotAcquired, StatementRefused, TransientAwsError, TransientDatabaseError,
 * VerificationFailed.
 */
export async function walkShard(
  statements: ShardStatements,
  place: ShardOfWalk,
  settings: Settings,
  tools: Its,
): Promise<{ readonly done: boolean }> {
  const lockTimeoutMs = Math.min(settings.lockTimeoutMs, longestLockWaitMs);
  const calls = new ShardCalls(statements, place, lockTimeoutMs, tools.database);
  const shards = await tools.ledger.walks.shards(place, place.walk);
  const own = shards.find(({ shard }) => shard === place.shard);
  const pace = await WalkPace.begun(settings, shards, own, tools);
  // What earlier invocations have passed already, so that no row is reported twice.
  const metrics = new WalkMetrics({ ...place, target: tools.target.name }, own?.rows ?? 0);
  const walker = new Walker(calls, place, settings, tools, pace, metrics);
  try {
    while (tools.remainingMs() > 0) if (await walker.step()) return { done: true };
    return { done: await walker.ended() };
  } finally {
    await calls.drained();
    metrics.publish();
  }
}

class Walker {
  private readonly leave: WalkLeave;
  // Where the database does not say how long it worked, one call must not wait for another.
  private saysItsTime = false;

  constructor(
    private readonly calls: ShardCalls,
    private readonly place: ShardOfWalk,
    private readonly settings: Settings,
    private readonly tools: Its,
    private readonly pace: WalkPace,
    private readonly metrics: WalkMetrics,
  ) {
    this.leave = new WalkLeave(place.migration, place.walk.purpose, settings, tools, metrics);
  }

  /** One statement, its rest, and what it teaches; true when the shard is done. */
  async step(): Promise<boolean> {
    this.metrics.publishWhenDue();
    if (!(await this.leave.given())) return false;
    try {
      return await this.walkOn(this.leave.dutyCycle);
    } catch (error) {
      const refusal = rowRefusal(error, this.tools.database.dialect.errors);
      if (refusal) return !this.pace.halved() && this.passOver(refusal.sqlState);
      if (!(error instanceof LockNotAcquired)) throw error;
      await this.pace.afterLock(error);
      return false;
    }
  }

  private async walkOn(dutyCycle: number): Promise<boolean> {
    const began = performance.now();
    const together = dutyCycle === 1 && this.saysItsTime && !this.pace.isSearching;
    const answer = await this.calls.next(this.pace.rows, together);
    const spentMs = performance.now() - began;
    const workedMs = answer.ms ?? spentMs;
    this.pace.afterWork(workedMs, this.leave.slowed);
    const done = this.note(answer);
    // On its way, a call leaves the database alone too.
    const leftMs = restMs(workedMs, dutyCycle) - Math.max(0, spentMs - workedMs);
    if (!done && leftMs > 0) await sleep(leftMs);
    return done;
  }

  private async passOver(sqlState: string): Promise<boolean> {
    await refusedForRow(() => this.calls.withoutRows(), this.place.walk, this.tools);
    // It evaluates none of the author's SQL: where this is refused too, it was not the row.
    const done = this.note(await this.calls.skip(sqlState));
    this.pace.afterSkip();
    await refuseTooManyStubborn(this.place, sqlState, this.settings, this.tools);
    return done;
  }

  /** What was sent ahead when the time was up, and whether it was the last one. */
  async ended(): Promise<boolean> {
    const last = await this.calls.drained();
    return last !== undefined && this.note(last);
  }

  private note({ state, rows, ms }: Answer): boolean {
    this.saysItsTime = typeof ms === 'number';
    this.metrics.noteStatement(rows);
    if (state === 'fenced') throw new Fenced(`epoch ${this.place.epoch} of ${this.place.migration} is over`);
    return state === 'done';
  }
}
