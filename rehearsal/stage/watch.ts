import { isComparison, isFinished, Walks, type WalkProgress } from '../../engine/ledger/walks.ts';
import { passesOf } from '../../report/from-ledger.ts';
import type { Pass } from '../../report/report.ts';
import { watchedDatabase, type WatchedDatabase } from '../database/watched-database.ts';
import { isConnectionLost } from './part-lost.ts';

export interface BackfillProgress {
  readonly rows: number;
  readonly batches: number;
  readonly shards: number;
  readonly shardsDone: number;
  /** Between the first and the last batch. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

/** How far the backfill was when somebody looked. */
export interface BackfillSample {
  readonly atMs: number;
  readonly rows: number;
  readonly batches: number;
}

export interface Verification {
  readonly checked: number;
  readonly mismatches: number;
}

// The migration itself waits for its database for two minutes, which are forty of the cloud; who watches must not give up before.
const patienceMs = 180_000;

/** Reads the ledger by a connection of its own: never through what is being measured. */
export class LedgerWatch {
  // Checkpoints go with a removed shape; what they said stays part of the result.
  private lastBackfill: BackfillProgress = {
    rows: 0,
    batches: 0,
    shards: 0,
    shardsDone: 0,
    seconds: 0,
    rowsPerSecond: 0,
  };
  private lastVerification: Verification = { checked: 0, mismatches: 0 };
  private readonly samples: BackfillSample[] = [];
  private readonly seenPasses = new Map<string, Pass>();

  private readonly watched: WatchedDatabase;
  private readonly walks: Walks;
  private lostSinceMs: number | undefined;

  constructor(
    databaseUrl: string,
    private readonly migration: string,
  ) {
    this.watched = watchedDatabase(databaseUrl, 'underpin-rehearsal-watch');
    this.walks = new Walks(this.watched.database);
  }

  /** Rows and batches of the backfill so far, over the time from its first to its last batch. */
  async backfill(): Promise<BackfillProgress> {
    const backfill = await this.patiently(() => this.walks.backfill(this.migration));
    if (backfill !== undefined && backfill.shards > 0) {
      const { rows, batches, shards, shardsDone, seconds } = backfill;
      this.keep({
        rows,
        batches,
        shards,
        shardsDone,
        seconds,
        rowsPerSecond: seconds > 0 ? rows / seconds : 0,
      });
    }
    return this.lastBackfill;
  }

  /** The course of the backfill, at every look that found it further than before. */
  get course(): readonly BackfillSample[] {
    return this.samples;
  }

  private keep(backfill: BackfillProgress): void {
    this.lastBackfill = backfill;
    const { rows, batches } = backfill;
    if (rows !== this.samples.at(-1)?.rows) this.samples.push({ atMs: Date.now(), rows, batches });
  }

  /** The comparisons and repairs that the ledger has, and those that it had when somebody looked. */
  async passes(): Promise<readonly Pass[]> {
    for (const pass of passesOf(await this.allWalks(), '')) this.seenPasses.set(pass.name, pass);
    return [...this.seenPasses.values()];
  }

  /** What the latest finished comparison saw. */
  async verification(): Promise<Verification> {
    const finished = (await this.allWalks()).filter((walk) => isComparison(walk) && isFinished(walk));
    const latest = finished.toSorted((a, b) => a.to.localeCompare(b.to)).at(-1);
    if (latest !== undefined) this.lastVerification = { checked: latest.rows, mismatches: latest.changed };
    return this.lastVerification;
  }

  async close(): Promise<void> {
    await this.watched.close();
  }

  private async allWalks(): Promise<readonly WalkProgress[]> {
    return (await this.patiently(() => this.walks.all(this.migration))) ?? [];
  }

  /** Nothing while the database is away for a moment. Raises the driver's error when it stays away. */
  private async patiently<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await question();
      this.lostSinceMs = undefined;
      return answer;
    } catch (error) {
      this.lostSinceMs ??= Date.now();
      if (!isConnectionLost(error) || Date.now() - this.lostSinceMs > patienceMs) throw error;
      return undefined;
    }
  }
}
