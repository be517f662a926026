import type { HealthFacts } from '../../engine/walk/health-facts.ts';
import { publish } from '../runtime/metrics.ts';
import type { Tools } from '../runtime/tools.ts';
import type { ShardOfWalk } from './shard.ts';

const publishEveryMs = 60_000;

interface Most {
  readonly BlockedSessions: number;
  readonly SlowStatements?: number;
}
const none: Most = { BlockedSessions: 0 };

/** What CloudWatch is told of a worker, once a minute and when it ends. */
export class WalkMetrics {
  private publishedAt = performance.now();
  private progressed = performance.now();
  private rows = 0;
  private statements = 0;
  private most: Most = none;

  /** `rowsSoFar`: what the shard had passed before. */
  constructor(
    private readonly of: ShardOfWalk & { readonly target: string },
    private rowsSoFar: number,
  ) {}

  /** After a statement; with the shard's total, where it moved the checkpoint. */
  noteStatement(rows: number | null): void {
    this.stillAlive();
    this.statements += 1;
    // Of two that are under way at once, answers may come the other way round.
    if (rows === null || rows <= this.rowsSoFar) return;
    this.rows += rows - this.rowsSoFar;
    this.rowsSoFar = rows;
  }

  noteHealth({ blockedSessions, slowStatements }: HealthFacts = {}): void {
    const { BlockedSessions, SlowStatements } = this.most;
    if (typeof blockedSessions === 'number')
      this.most = { ...this.most, BlockedSessions: Math.max(BlockedSessions, blockedSessions) };
    // Hidden from the role it is no metric: 0 would say that all is well.
    if (typeof slowStatements === 'number')
      this.most = { ...this.most, SlowStatements: Math.max(SlowStatements ?? 0, slowStatements) };
  }

  /** To stand still on purpose is no stall: the alarm for those would roll back what was only to wait. */
  stillAlive(): void {
    this.progressed = performance.now();
  }

  publishWhenDue(): void {
    if (performance.now() - this.publishedAt > publishEveryMs) this.publish();
  }

  /** What happened since the last time. */
  publish(): void {
    const now = performance.now();
    publish(this.of, {
      RowsWalked: this.rows,
      ...(this.statements > 0 ? { BatchRows: this.rows / this.statements } : {}),
      SecondsWithoutProgress: (now - this.progressed) / 1000,
      ...this.most,
    });
    this.publishedAt = now;
    this.rows = 0;
    this.statements = 0;
    this.most = none;
  }
}

/** How far a walk has come, and how long it will take. */
export async function publishProgress(
  { walk, ...claim }: ShardOfWalk,
  estimatedRows: number,
  { ledger: { walks }, target }: Pick<Tools, 'ledger' | 'target'>,
): Promise<void> {
  const { rows, seconds, shards, shardsDone } = await walks.progress(claim, walk);
  const left = shardsDone === shards ? 0 : Math.max(0, estimatedRows - rows);
  publish(
    { ...claim, target: target.name },
    {
      PercentDone: rows + left === 0 ? 100 : (100 * rows) / (rows + left),
      ...(rows > 0 ? { SecondsLeft: (left * seconds) / rows } : {}),
    },
  );
}
