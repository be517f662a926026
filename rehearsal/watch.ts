import { Client } from 'pg';

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

/** Reads the ledger by a connection of its own, as `underpin status` would: never through what is being measured. */
export class LedgerWatch {
  // Checkpoints go with a removed shape; what they said stays part of the result.
  private lastBackfill: BackfillProgress = { rows: 0, batches: 0, shards: 0, rowsPerSecond: 0 };
  private lastVerification: Verification = { checked: 0, mismatches: 0 };

  private constructor(
    private readonly client: Client,
    private readonly migration: string,
  ) {}

  static async open(databaseUrl: string, migration: string): Promise<LedgerWatch> {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: 'underpin-rehearsal-watch',
    });
    await client.connect();
    return new LedgerWatch(client, migration);
  }

  /** Rows and batches of the backfill so far, over the time from its first to its last batch. */
  async backfill(): Promise<BackfillProgress> {
    const { rows } = await this.client.query<BackfillProgress>(
      `SELECT coalesce(sum(rows), 0)::float8 AS rows, coalesce(sum(batches), 0)::float8 AS batches,
              count(*)::integer AS shards,
              coalesce(sum(rows) / nullif(extract(epoch FROM max(updated_at) - min(started_at)), 0), 0)::float8 AS "rowsPerSecond"
       FROM underpin.checkpoint
       WHERE migration = $1 AND walk = 'backfill'`,
      [this.migration],
    );
    if (rows[0] && rows[0].shards > 0) this.lastBackfill = rows[0];
    return this.lastBackfill;
  }

  /** What the latest finished comparison saw. */
  async verification(): Promise<Verification> {
    const { rows } = await this.client.query<Verification>(
      `SELECT sum(rows)::float8 AS checked, sum(changed)::float8 AS mismatches
       FROM underpin.checkpoint
       WHERE migration = $1 AND walk <> 'backfill' AND walk NOT LIKE '%-repair'
       GROUP BY walk
       HAVING bool_and(next IS NULL)
       ORDER BY max(updated_at) DESC
       LIMIT 1`,
      [this.migration],
    );
    if (rows[0]) this.lastVerification = rows[0];
    return this.lastVerification;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
