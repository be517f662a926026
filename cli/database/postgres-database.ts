import { DatabaseError, type Client, type Pool } from 'pg';
import type * as z from 'zod';
import type { Database, Statement } from '../../engine/database/database.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { knownError, refusedAsSlow } from '../../lambdas/runtime/database-errors.ts';

const postgres = dialectOf('postgres');

/** A database by the ordinary driver, for whoever looks: it starts nothing. */
export class PostgresDatabase implements Database {
  readonly dialect = postgres;

  constructor(private readonly client: Client | Pool) {}

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { text, values } = postgres.positional(statement);
    const answer = await heard(
      statement,
      this.client.query<[string | null]>({ text, values: [...values], rowMode: 'array' }),
    );
    return answer.rows.map(([first]) => row.parse(JSON.parse(first ?? 'null')));
  }

  async run(statement: Statement): Promise<void> {
    const { text, values } = postgres.positional(statement);
    await heard(statement, this.client.query(text, [...values]));
  }

  start(): Promise<never> {
    return Promise.reject(new Error('this database is only looked at'));
  }
}

/** Errors as the Data API words them, so that the engine knows them by SQLSTATE. */
async function heard<T>(statement: Statement, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const message = `ERROR: ${error.message}; SQLState: ${error.code ?? ''}`;
    const known = knownError(
      Object.assign(new Error(message), { name: 'DatabaseErrorException' }),
      postgres.errors,
      statement,
    );
    // Whoever plans has a limit for all that a session does.
    throw statement.withinMs === undefined ? known : refusedAsSlow(known, statement.withinMs);
  }
}
