import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { one } from '../../engine/database/database.ts';
import {
  Fenced,
  LockNotAcquired,
  NotNow,
  VerificationFailed,
  type RowRefused,
} from '../../engine/database/errors.ts';
import { askHealth, Patience } from '../../engine/walk/health.ts';
import {
  firstPace,
  paceAfter,
  paceAfterLock,
  paceAfterRefusal,
  restMs,
  type Pace,
} from '../../engine/walk/pace.ts';
import { walkId, walkParameters } from '../../engine/ledger/walk-id.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { AlarmWatch } from './alarm-watch.ts';
import { reasonToWait } from './going-on.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import { publish } from '../runtime/metrics.ts';
import type { Tools } from '../runtime/tools.ts';

export const shardOfWalk = z.object({
  migration: z.string(),
  epoch: z.number(),
  walk: walkId,
  shard: z.number(),
});
export type ShardOfWalk = z.infer<typeof shardOfWalk>;

/** What writes or compares the next rows, and what passes over one that refuses. */
export interface ShardStatements {
  readonly work: string;
  readonly skip: string;
}

const step = z.object({
  state: z.enum(['going', 'done', 'fenced']),
  rows: z.number().nullable(),
  changed: z.number().nullable(),
});

const probeEveryMs = 1000;
const publishEveryMs = 60_000;
const pauseWhenUnhealthyMs = 1000;
// A short pause ends without a new invocation; a longer one is not worth a worker that stands idle.
const longestPauseMs = 60_000;
const mostLocksMissed = 20;
// Together with the time of a batch well below deadlock_timeout (1 s): in a deadlock with a writer of the application,
// whose own check comes after that time, the batch has given way before.
const longestLockWaitMs = 200;

/**
 * Walks one shard until it is done or the time is up: one statement after the other, each as large as its time allows,
 * resting between them. Rows that refuse are found by halving, remembered and passed over.
 * Raises Aborted, NotNow, Fenced, GuardrailBreached, LockNotAcquired, TransientAwsError, TransientDatabaseError, VerificationFailed.
 */
export async function walkShard(
  statements: ShardStatements,
  place: ShardOfWalk,
  settings: Settings,
  tools: Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>,
): Promise<{ readonly done: boolean }> {
  const walker = new Walker(statements, place, settings, tools, await rowsOf(place, tools));
  try {
    while (tools.remainingMs() > 0) if (await walker.step()) return { done: true };
    return { done: false };
  } finally {
    walker.publish();
  }
}

/** What earlier invocations have passed already, so that no row is reported twice. */
async function rowsOf(
  { walk, shard, ...claim }: ShardOfWalk,
  { ledger }: Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>,
): Promise<number> {
  const shards = await ledger.walks.shards(claim, walk);
  return shards.find((it) => it.shard === shard)?.rows ?? 0;
}

class Walker {
  private pace: Pace;
  private healthyUntil = 0;
  private locksMissed = 0;
  private readonly alarms: AlarmWatch;
  private readonly patience = new Patience();
  private publishedAt = performance.now();
  private progressed = performance.now();
  private pausedSince: number | undefined;
  private dutyCycle: number;
  private rowsSinceTold = 0;
  private sentSinceTold = 0;
  private mostBlocked = 0;
  private readonly limits: { readonly targetMs: number; readonly maxRows: number };

  constructor(
    private readonly statements: ShardStatements,
    private readonly place: ShardOfWalk,
    private readonly settings: Settings,
    private readonly tools: Pick<Tools, 'database' | 'ledger' | 'guardrails' | 'remainingMs' | 'target'>,
    private rowsSoFar: number,
  ) {
    const { targetBatchTimeMs, maxBatchRows } = settings.backfill;
    this.limits = { targetMs: targetBatchTimeMs, maxRows: maxBatchRows };
    this.pace = firstPace(this.limits);
    this.dutyCycle = settings.backfill.dutyCycle;
    this.alarms = new AlarmWatch(() => tools.guardrails.ask(settings.guardrails.rollback.alarms));
  }

  /** Publishes what happened since the last time. */
  publish(): void {
    const now = performance.now();
    publish(
      { ...this.place, target: this.tools.target.name },
      {
        RowsWalked: this.rowsSinceTold,
        ...(this.sentSinceTold > 0 ? { BatchRows: this.rowsSinceTold / this.sentSinceTold } : {}),
        SecondsWithoutProgress: (now - this.progressed) / 1000,
        BlockedSessions: this.mostBlocked,
      },
    );
    this.publishedAt = now;
    this.rowsSinceTold = 0;
    this.sentSinceTold = 0;
    this.mostBlocked = 0;
  }

  /** One statement, its rest, and what it teaches; true when the shard is done. */
  async step(): Promise<boolean> {
    if (performance.now() - this.publishedAt > publishEveryMs) this.publish();
    if (!(await this.healthy())) return false;
    const began = performance.now();
    try {
      const done = await this.send(this.statements.work, { rows: this.pace.rows });
      const tookMs = performance.now() - began;
      this.locksMissed = 0;
      this.pace = paceAfter(this.pace, tookMs, this.limits);
      if (!done) await sleep(restMs(tookMs, this.dutyCycle));
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
    const done = await this.send(this.statements.skip, { rows: 1, sqlstate: refusal.sqlState });
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

  /** Asks the people and the database itself once a second, the alarms every five. */
  private async healthy(): Promise<boolean> {
    if (performance.now() < this.healthyUntil) return true;
    if (!(await this.alarms.clear())) {
      this.progressed = performance.now();
      return false;
    }
    const health = await askHealth(this.tools.database, this.settings.guardrails.throttle);
    this.patience.note(health, performance.now());
    this.mostBlocked = Math.max(this.mostBlocked, health.measured?.blockedSessions ?? 0);
    // A database that cannot tell its health cannot tell of orders either.
    if (!(health.verdict === 'wait' && health.unreadable) && !(await this.leaveGiven())) return false;
    if (health.verdict === 'wait') {
      await sleep(pauseWhenUnhealthyMs);
      return false;
    }
    this.healthyUntil = performance.now() + probeEveryMs;
    return true;
  }

  /** Whether people let it go on; otherwise it has waited for a second. Raises Aborted, and NotNow after a minute of waiting. */
  private async leaveGiven(): Promise<boolean> {
    const { standing, pace } = await this.tools.ledger.steering(this.place.migration);
    this.dutyCycle = pace?.dutyCycle ?? this.settings.backfill.dutyCycle;
    const reason = reasonToWait({ standing, settings: this.settings });
    if (reason === null) {
      this.pausedSince = undefined;
      return true;
    }
    this.pausedSince ??= performance.now();
    if (performance.now() - this.pausedSince > longestPauseMs) throw new NotNow(reason);
    await sleep(pauseWhenUnhealthyMs);
    // Standing still on purpose is not a stall: the alarm for those would roll back what was only to wait.
    this.progressed = performance.now();
    return false;
  }

  private async send(text: string, parameters: Readonly<Record<string, string | number>>): Promise<boolean> {
    const { walk, shard, epoch } = this.place;
    const statement = {
      text,
      parameters: {
        ...walkParameters(this.place, walk),
        shard,
        epoch,
        lock_timeout: `${Math.min(this.settings.lockTimeoutMs, longestLockWaitMs)}ms`,
        ...parameters,
      },
    };
    const { state, rows } = await one(this.tools.database, statement, step);
    this.progressed = performance.now();
    this.sentSinceTold += 1;
    // The statement tells the shard's total.
    if (rows !== null) {
      this.rowsSinceTold += rows - this.rowsSoFar;
      this.rowsSoFar = rows;
    }
    if (state === 'fenced') throw new Fenced(`epoch ${this.place.epoch} of ${this.place.migration} is over`);
    return state === 'done';
  }
}
