import { setTimeout as sleep } from 'node:timers/promises';
import { Fenced, LockNotAcquired } from '../../engine/database/errors.ts';
import { restMs } from '../../engine/walk/pace.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import type { Tools } from '../runtime/tools.ts';
import { refusedForRow } from './refused-for-row.ts';
import type { Answer, ShardCalls } from './shard-calls.ts';
import type { ShardOfWalk } from './shard.ts';
import type { WalkLeave } from './walk-leave.ts';
import type { WalkPace } from './walk-pace.ts';

/** Who lets a walk go on, and what it tells. */
export interface Manners {
  /** Asked before each statement; where it is not given, the answer came late enough to ask again. */
  readonly leave: Pick<WalkLeave, 'given' | 'dutyCycle' | 'slowed'>;
  /** With the shard's total, where the statement moved its checkpoint. */
  readonly noteStatement: (rows: number | null) => void;
  /** Behind each row that was passed over; raises what ends the walk. */
  readonly notePassedOver: () => Promise<void>;
}

/**
 * Walks one shard: one statement after the other, each as large as its time allows, resting between them; without rests the next
 * one is sent before the last one's answer is here. Rows that refuse are found by halving, remembered and passed over.
 */
export class Walker {
  // Where the database does not say how long it worked, one call must not wait for another.
  private saysItsTime = false;

  constructor(
    private readonly place: ShardOfWalk,
    private readonly calls: ShardCalls,
    private readonly pace: WalkPace,
    private readonly tools: Pick<Tools, 'database' | 'remainingMs'>,
    private readonly manners: Manners,
  ) {}

  /**
   * Until the shard is done, which it says, or the time is up.
   * Raises Fenced, LockNotAcquired, StatementRefused, TransientDatabaseError, and what its manners raise.
   */
  async walk(): Promise<boolean> {
    try {
      while (this.tools.remainingMs() > 0) if (await this.step()) return true;
      // What was sent ahead may have been the last one.
      const last = await this.calls.drained();
      return last !== undefined && this.note(last);
    } finally {
      await this.calls.drained();
    }
  }

  /** One statement, its rest, and what it teaches; true when the shard is done. */
  private async step(): Promise<boolean> {
    if (!(await this.manners.leave.given())) return false;
    try {
      return await this.walkOn(this.manners.leave.dutyCycle);
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
    this.pace.afterWork(workedMs, this.manners.leave.slowed);
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
    await this.manners.notePassedOver();
    return done;
  }

  private note({ state, rows, ms }: Answer): boolean {
    this.saysItsTime = typeof ms === 'number';
    this.manners.noteStatement(rows);
    if (state === 'fenced') throw new Fenced(`epoch ${this.place.epoch} of ${this.place.migration} is over`);
    return state === 'done';
  }
}
