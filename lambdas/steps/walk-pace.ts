import { setTimeout as sleep } from 'node:timers/promises';
import type { LockNotAcquired } from '../../engine/database/errors.ts';
import type { ShardProgress } from '../../engine/ledger/walks.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import {
  firstPace,
  paceAfter,
  paceAfterLock,
  paceAfterRefusal,
  paceLimits,
  type Pace,
  type PaceLimits,
} from '../../engine/walk/pace.ts';
import type { Tools } from '../runtime/tools.ts';

/** How many rows a worker's next statement takes, from what it met with the last ones. */
export class WalkPace {
  private locksMissed = 0;

  private constructor(
    private readonly limits: PaceLimits,
    private pace: Pace,
    private readonly mostLocksMissed: number,
  ) {}

  /** Goes on from what this shard, or else another one of the walk, took at last. */
  static async begun(
    { backfill, table }: Settings,
    {
      begun,
      shard,
    }: {
      readonly begun: readonly ShardProgress[];
      readonly shard: number;
    },
    { database }: Pick<Tools, 'database'>,
    mostLocksMissed: number,
  ): Promise<WalkPace> {
    const limits = paceLimits(backfill, await database.dialect.look.rowBytes(database, table));
    const own = begun.find((each) => each.shard === shard);
    const batchRows = own?.batchRows || Math.max(0, ...begun.map((each) => each.batchRows));
    return new WalkPace(limits, firstPace(limits, batchRows), mostLocksMissed);
  }

  get rows(): number {
    return this.pace.rows;
  }

  /** Whether a row that refuses is near. */
  get isSearching(): boolean {
    return this.pace.searching;
  }

  /** `slowed`: to which share of its target time the database's signals cut the next statement. */
  afterWork(tookMs: number, slowed: number): void {
    this.locksMissed = 0;
    this.pace = paceAfter(this.pace, tookMs, { ...this.limits, targetMs: this.limits.targetMs * slowed });
  }

  /** After a statement that was refused: half of its rows. False where one stands alone: it is the one that refuses. */
  halved(): boolean {
    if (this.pace.rows <= 1) return false;
    this.pace = paceAfterRefusal(this.pace);
    return true;
  }

  /** Behind a row that was passed over, others like it may stand. */
  afterSkip(): void {
    this.pace = { rows: 1, searching: true };
  }

  /** Waits a moment, and takes fewer rows. Raises the error where too many locks in a row were not granted. */
  async afterLock(error: LockNotAcquired): Promise<void> {
    this.locksMissed += 1;
    if (this.locksMissed > this.mostLocksMissed) throw error;
    this.pace = paceAfterLock(this.pace);
    await sleep(Math.random() * 100 * Math.min(this.locksMissed, 10));
  }
}
