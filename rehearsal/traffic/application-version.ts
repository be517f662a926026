import type { Answer, Query } from './query.ts';

export interface VersionOptions {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly statementTimeoutMs: number;
}

/** The connections of one version, by its engine's driver. */
export interface ConnectionPool {
  start(): Promise<void>;
  /** `begun` is called when a connection is there, and the statement is sent. */
  run(query: Query, begun: () => void): Promise<Omit<Answer, 'waitMs' | 'queryMs'>>;
  end(): Promise<void>;
}

/** Names that the sessions carry in pg_stat_activity. */
export const applicationNames = { old: 'underpin-rehearsal-old', new: 'underpin-rehearsal-new' } as const;

/** One deployed version of the application: a pool of connections, and the statements that are under way on it. */
export class ApplicationVersion {
  readonly #pool: ConnectionPool;
  #underway = 0;
  #idle: (() => void)[] = [];

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  /** Opens every connection, so that none is opened while latencies are measured. */
  start(): Promise<void> {
    return this.#pool.start();
  }

  async run(query: Query): Promise<Answer> {
    this.#underway += 1;
    const asked = performance.now();
    let started = asked;
    try {
      const result = await this.#pool.run(query, () => (started = performance.now()));
      return { ...result, waitMs: started - asked, queryMs: performance.now() - started };
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
