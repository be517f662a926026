import { Client, DatabaseError } from 'pg';
import type * as z from 'zod';
import type { Database, Statement } from '../../engine/database/database.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { positional } from '../../engine/dialects/postgres/positional.ts';
import { knownError } from '../../lambdas/runtime/database-errors.ts';
import { UsageError } from '../usage-error.ts';
import type { Planner } from './planner.ts';

const postgres = dialectOf('postgres');

// Whoever plans must never stand in the way of the application.
const politely = `SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = '30s'`;

/** A database by its address, with the ordinary driver. Raises UsageError when it cannot be reached. */
export async function postgresPlanner(url: string): Promise<Planner> {
  const client = new Client({ connectionString: url, application_name: 'underpin-plan' });
  // Said again by the statement that fails of it.
  client.on('error', () => undefined);
  await connected(client);
  const database = new PostgresDatabase(client);
  return {
    reading: database,
    attempt: async () => {
      await client.query('BEGIN READ WRITE');
      return { database, rollBack: async () => void (await client.query('ROLLBACK')) };
    },
    close: () => client.end(),
  };
}

async function connected(client: Client): Promise<void> {
  try {
    await client.connect();
    await client.query(politely);
    const { rows } = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
    if (rows[0]?.replica === true)
      throw new UsageError(
        '--database-url is a replica, which nobody can write. A plan makes an empty copy of the table for a moment, and rolls it back: give the address of the writer, or of a copy.',
      );
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof UsageError) throw error;
    // The address is not repeated: it may hold a password.
    throw new UsageError(
      `--database-url cannot be reached: ${wordsOf(error)}. Look at its host, port, user, password and database.`,
    );
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host with several addresses fails once for each, and the error that gathers them is silent.
  return error instanceof AggregateError ? [...new Set(error.errors.map(wordsOf))].join('; ') : error.message;
}

class PostgresDatabase implements Database {
  readonly dialect = postgres;

  constructor(private readonly client: Client) {}

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { text, values } = positional(statement);
    const answer = await heard(
      statement,
      this.client.query<[string | null]>({ text, values: [...values], rowMode: 'array' }),
    );
    return answer.rows.map(([first]) => row.parse(JSON.parse(first ?? 'null')));
  }

  async run(statement: Statement): Promise<void> {
    const { text, values } = positional(statement);
    await heard(statement, this.client.query(text, [...values]));
  }

  start(): Promise<never> {
    return Promise.reject(new Error('a plan starts nothing'));
  }
}

/** Errors as the Data API words them, so that the engine knows them by SQLSTATE. */
async function heard<T>(statement: Statement, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const message = `ERROR: ${error.message}; SQLState: ${error.code ?? ''}`;
    throw knownError(
      Object.assign(new Error(message), { name: 'DatabaseErrorException' }),
      postgres.errors,
      statement,
    );
  }
}
