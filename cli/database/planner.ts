import type { Database, Statement } from '../../engine/database.ts';
import type * as z from 'zod';

/** One transaction that ends in a rollback, whatever happens in it. */
export interface Attempt {
  readonly database: Database;
  readonly rollBack: () => Promise<void>;
}

/** A database that is only looked at. */
export interface Planner {
  /** Reads, and cannot write. */
  readonly reading: Database;
  attempt(): Promise<Attempt>;
  close(): Promise<void>;
}

/**
 * A database on which nothing stays. PostgreSQL itself tells what an empty copy of the table would look like, and for
 * that a function and a copy have to be there for a moment: what `run` asks for is done again in a transaction before
 * each question, and rolled back with it. So a question that fails leaves the next one a transaction that works.
 */
export class Undone implements Database {
  private readonly before: Statement[];

  constructor(
    private readonly planner: Planner,
    before: readonly Statement[],
  ) {
    this.before = [...before];
  }

  run(statement: Statement): Promise<void> {
    this.before.push(statement);
    return Promise.resolve();
  }

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { database, rollBack } = await this.planner.attempt();
    try {
      for (const each of this.before) await database.run(each);
      return await database.rows(statement, row);
    } finally {
      await rollBack();
    }
  }

  start(): Promise<never> {
    return Promise.reject(new Error('a plan starts nothing'));
  }
}
