import { setTimeout as sleep } from 'node:timers/promises';
import {
  Fenced,
  LockNotAcquired,
  VerificationFailed,
  type RowRefused,
} from '../../engine/database/errors.ts';
import {
  firstPace,
  paceAfter,
  paceAfterLock,
  paceAfterRefusal,
  paceLimits,
  restMs,
  type Pace,
  type PaceLimits,
} from '../../engine/walk/pace.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import { publish } from '../runtime/metrics.ts';
import type { Tools } from '../runtime/tools.ts';
import { ShardCalls, type Answer } from './shard-calls.ts';
import type { ShardOfWalk, ShardStatements } from './shard.ts';
import { WalkLeave } from './walk-leave.ts';
import { WalkMetrics } from './walk-metrics.ts';

const mostLocksMissed = 20;
// Together with the time of a batch well below deadlock_timeout (1 s): in a deadlock with a writer of the application,
// whose own check comes after that time, the batch has given way before.
const longestLockWaitMs = 200;

type Its = Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>;

/**
 * Walks one shard until it is done or the time is up: one statement after the other, each as large as its time allows,
 * resting between them; without rests the next one is sent before the last one's answer is here. Rows that refuse are found
 * by halving, remembered and passed over.
 * Raises Aborted, NotNow, Fenced, GuardrailBreached, LockNotAcquired, TransientAwsError, TransientDatabaseError, VerificationFailed.
 */
export async function walkShard(
  statements: ShardStatements,
  place: ShardOfWalk,
  settings: Settings,
  tools: Its,
): Promise<{ readonly done: boolean }> {
  const lockTimeoutMs = Math.min(settings.lockTimeoutMs, longestLockWaitMs);
  const calls = new ShardCalls(statements, place, lockTimeoutMs, tools.database);
  const walker = new Walker(calls, place, settings, tools, await begunBefore(place, settings, tools));
  try {
    while (tools.remainingMs() > 0) if (await walker.step()) return { done: true };
    return { done: await walker.ended() };
  } finally {
    await calls.drained();
    walker.publish();
  }
}

interface Before {
  /** What earlier invocations have passed already, so that no row is reported twice. */
  readonly rows: number;
  readonly pace: Pace;
  readonly limits: PaceLimits;
}

async function begunBefore(
  { walk, shard, ...claim }: ShardOfWalk,
  { backfill, table }: Settings,
  { ledger, database }: Its,
): Promise<Before> {
  const shards = await ledger.walks.shards(claim, walk);
  const own = shards.find((it) => it.shard === shard);
  const limits = paceLimits(backfill, await database.dialect.look.rowBytes(database, table));
  const batchRows = own?.batchRows || Math.max(0, ...shards.map((each) => each.batchRows));
  return { rows: own?.rows ?? 0, limits, pace: firstPace(limits, batchRows) };
}

class Walker {
  private pace: Pace;
  private locksMissed = 0;
  private readonly leave: WalkLeave;
  private readonly metrics: WalkMetrics;
  // Where the database does not say how long it worked, one call must not wait for another.
  private saysItsTime = false;
  private readonly limits: PaceLimits;

  constructor(
    private readonly calls: ShardCalls,
    private readonly place: ShardOfWalk,
    private readonly settings: Settings,
    private readonly tools: Its,
    before: Before,
  ) {
    this.limits = before.limits;
    this.pace = before.pace;
    this.metrics = new WalkMetrics({ ...place, target: tools.target.name }, before.rows);
    this.leave = new WalkLeave(place.migration, settings, tools, this.metrics);
  }

  publish(): void {
    this.metrics.publish();
  }

  /** One statement, its rest, and what it teaches; true when the shard is done. */
  async step(): Promise<boolean> {
    this.metrics.publishWhenDue();
    if (!(await this.leave.given())) return false;
    const { dutyCycle } = this.leave;
    const began = performance.now();
    try {
      const together = dutyCycle === 1 && this.saysItsTime && !this.pace.searching;
      const answer = await this.calls.next(this.pace.rows, together);
      const spentMs = performance.now() - began;
      const workedMs = answer.ms ?? spentMs;
      this.locksMissed = 0;
      this.pace = paceAfter(this.pace, workedMs, this.limits);
      const done = this.note(answer);
      // On its way, a call leaves the database alone too.
      const leftMs = restMs(workedMs, dutyCycle) - Math.max(0, spentMs - workedMs);
      if (!done && leftMs > 0) await sleep(leftMs);
      return done;
    } catch (error) {
      const refusal = rowRefusal(error, this.tools.database.dialect.errors);
      if (refusal) return this.refused(refusal);
      if (error instanceof LockNotAcquired) return this.lockMissed(error);
      throw error;
    }
  }

  private async refused(refusal: RowRefused): Promise<boolean> {
    if (this.pace.rows > 1) {
      this.pace = paceAfterRefusal(this.pace);
      return false;
    }
    // It evaluates none of the author's SQL: where this is refused too, it was not the row.
    const done = this.note(await this.calls.skip(refusal.sqlState));
    this.pace = { rows: 1, searching: true };
    const stubborn = await this.tools.ledger.walks.stubbornCount(this.place.migration);
    publish({ ...this.place, target: this.tools.target.name }, { StubbornRows: stubborn });
    if (stubborn > this.settings.backfill.stubbornRows)
      throw new VerificationFailed(
        `more than ${this.settings.backfill.stubbornRows} rows refuse the change; the last with SQLSTATE ${refusal.sqlState}`,
      );
    return done;
  }

  private async lockMissed(error: LockNotAcquired): Promise<boolean> {
    this.locksMissed += 1;
    if (this.locksMissed > mostLocksMissed) throw error;
    this.pace = paceAfterLock(this.pace);
    await sleep(Math.random() * 100 * Math.min(this.locksMissed, 10));
    return false;
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
