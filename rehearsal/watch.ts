import { Pool, type QueryResultRow } from 'pg';
import { isConnectionLost } from './part-lost.ts';

export interface BackfillProgress {
  readonly rows: number;
  readonly batches: number;
  readonly shards: number;
  readonly rowsPerSecond: number;
}

export interface Verification {
  readonly checked: number;
  readonly mismatches: number;
}

const patienceMs = 30_000;

/** Reads the ledger by a connection of its own, as `underpin status` would: never through what is being measured. */
export class LedgerWatch {
  // Checkpoints go with a removed shape; what they said stays part of the result.
  private lastBackfill: BackfillProgress = { rows: 0, batches: 0, shards: 0, rowsPerSecond: 0 };
  private lastVerification: Verification = { checked: 0, mismatches: 0 };

  private readonly pool: Pool;
  private lostSinceMs: number | undefined;

  constructor(
    databaseUrl: string,
    private readonly migration: string,
  ) {
    // A pool of one: a database that restarts is found again.
    this.pool = new Pool({
      connectionString: databaseUrl,
      application_name: 'underpin-rehearsal-watch',
      max: 1,
    });
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** Rows and batches of the backfill so far, over the time from its first to its last batch. */
  async backfill(): Promise<BackfillProgress> {
    const found = await this.first<BackfillProgress>(
      `SELECT coalesce(sum(rows), 0)::float8 AS rows, coalesce(sum(batches), 0)::float8 AS batches,
              count(*)::integer AS shards,
              coalesce(sum(rows) / nullif(extract(epoch FROM max(updated_at) - min(started_at)), 0), 0)::float8 AS "rowsPerSecond"
       FROM underpin.checkpoint
       WHERE migration = $1 AND walk = 'backfill'`,
    );
    if (found && found.shards > 0) this.lastBackfill = found;
    return this.lastBackfill;
  }

  /** What the latest finished comparison saw. */
  async verification(): Promise<Verification> {
    const found = await this.first<Verification>(
      `SELECT sum(rows)::float8 AS checked, sum(changed)::float8 AS mismatches
       FROM underpin.checkpoint
       WHERE migration = $1 AND walk <> 'backfill' AND walk NOT LIKE '%-repair'
       GROUP BY walk
       HAVING bool_and(next IS NULL)
       ORDER BY max(updated_at) DESC
       LIMIT 1`,
    );
    if (found) this.lastVerification = found;
    return this.lastVerification;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** Undefined also where the database is away for a moment. Raises the driver's error when it stays away. */
  private async first<T extends QueryResultRow>(sql: string): Promise<T | undefined> {
    try {
      const { rows } = await this.pool.query<T>(sql, [this.migration]);
      this.lostSinceMs = undefined;
      return rows[0];
    } catch (error) {
      this.lostSinceMs ??= Date.now();
      if (!isConnectionLost(error) || Date.now() - this.lostSinceMs > patienceMs) throw error;
      return undefined;
    }
  }
}
