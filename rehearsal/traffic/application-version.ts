import { Pool } from 'pg';
import type { Query } from './statements.ts';

/** What one statement gave, and what it took. */
export interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  readonly rowCount: number;
  readonly waitMs: number;
  readonly queryMs: number;
}

export interface VersionOptions {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly statementTimeoutMs: number;
}

/** Names that the sessions carry in pg_stat_activity. */
export const applicationNames = { old: 'underpin-rehearsal-old', new: 'underpin-rehearsal-new' } as const;

/** One deployed version of the application: a pool of connections, and the statements that are under way on it. */
export class ApplicationVersion {
  readonly #pool: Pool;
  readonly #connections: number;
  #underway = 0;
  #idle: (() => void)[] = [];

  constructor(version: 'old' | 'new', { databaseUrl, connections, statementTimeoutMs }: VersionOptions) {
    this.#connections = connections;
    this.#pool = new Pool({
      connectionString: databaseUrl,
      application_name: applicationNames[version],
      statement_timeout: statementTimeoutMs,
      max: connections,
      idleTimeoutMillis: 0,
    });
    // A connection that dies while idle is replaced, unnoticed; one that dies at work fails its request, and that tells.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** Opens every connection, so that none is opened while latencies are measured. */
  async start(): Promise<void> {
    const clients = await Promise.all(Array.from({ length: this.#connections }, () => this.#pool.connect()));
    for (const client of clients) client.release();
  }

  async run({ text, values }: Query): Promise<Answer> {
    this.#underway += 1;
    const asked = performance.now();
    try {
      const client = await this.#pool.connect();
      const started = performance.now();
      let failed = true;
      try {
        const result = await client.query<Record<string, unknown>>(text, [...values]);
        failed = false;
        return {
          rows: result.rows,
          rowCount: result.rowCount ?? 0,
          waitMs: started - asked,
          queryMs: performance.now() - started,
        };
      } finally {
        // A connection is kept unless it is broken; pg marks that by refusing further queries.
        client.release(failed && !(await isAlive(client)));
      }
    } finally {
      this.#underway -= 1;
      if (this.#underway === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when no statement is under way. */
  async drained(): Promise<void> {
    if (this.#underway > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async stop(): Promise<void> {
    await this.drained();
    await this.#pool.end();
  }
}

async function isAlive(client: { query(text: string): Promise<unknown> }): Promise<boolean> {
  try {
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}
