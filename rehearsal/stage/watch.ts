import { Pool, type QueryResultRow } from 'pg';
import type { LedgerWalk } from '../../engine/ledger/account.ts';
import { passesOf } from '../../report/from-ledger.ts';
import type { Pass } from '../../report/report.ts';
import { isConnectionLost } from './part-lost.ts';

export interface BackfillProgress {
  readonly rows: number;
  readonly batches: number;
  readonly shards: number;
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

const patienceMs = 30_000;

const iso = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Reads the ledger by a connection of its own, as `underpin status` would: never through what is being measured. */
export class LedgerWatch {
  // Checkpoints go with a removed shape; what they said stays part of the result.
  private lastBackfill: BackfillProgress = { rows: 0, batches: 0, shards: 0, rowsPerSecond: 0 };
  private lastVerification: Verification = { checked: 0, mismatches: 0 };
  private readonly samples: BackfillSample[] = [];
  private readonly seenPasses = new Map<string, Pass>();

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
    if (found && found.shards > 0) this.keep(found);
    return this.lastBackfill;
  }

  /** The course of the backfill, at every look that found it further than before. */
  get course(): readonly BackfillSample[] {
    return this.samples;
  }

  private keep(found: BackfillProgress): void {
    this.lastBackfill = found;
    const { rows, batches } = found;
    if (rows !== this.samples.at(-1)?.rows) this.samples.push({ atMs: Date.now(), rows, batches });
  }

  /** The comparisons and repairs that the ledger has, and those that it had when somebody looked. */
  async passes(): Promise<readonly Pass[]> {
    const walks = await this.all<LedgerWalk>(
      `SELECT walk, ${iso('min(started_at)')} AS "from", ${iso('max(updated_at)')} AS "to", sum(rows)::float8 AS rows,
              sum(changed)::float8 AS changed, sum(batches)::float8 AS batches, bool_and(next IS NULL) AS finished
       FROM underpin.checkpoint
       WHERE migration = $1
       GROUP BY walk`,
    );
    for (const pass of passesOf(walks, '')) this.seenPasses.set(pass.name, pass);
    return [...this.seenPasses.values()];
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

  /** Nothing also where the database is away for a moment. Raises the driver's error when it stays away. */
  private async first<T extends QueryResultRow>(sql: string): Promise<T | undefined> {
    return (await this.all<T>(sql))[0];
  }

  private async all<T extends QueryResultRow>(sql: string): Promise<readonly T[]> {
    try {
      const { rows } = await this.pool.query<T>(sql, [this.migration]);
      this.lostSinceMs = undefined;
      return rows;
    } catch (error) {
      this.lostSinceMs ??= Date.now();
      if (!isConnectionLost(error) || Date.now() - this.lostSinceMs > patienceMs) throw error;
      return [];
    }
  }
}
