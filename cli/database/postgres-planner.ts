import { Client } from 'pg';
import { CouldNotAsk } from '../refused.ts';
import { UsageError } from '../usage-error.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { rolledBack, type Planner } from './planner.ts';

// Whoever plans must never stand in the way of the application.
const politely = `SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = '30s'`;

/** A database by its address, with the ordinary driver. Raises CouldNotAsk when it cannot be reached, UsageError for a replica. */
export async function postgresPlanner(url: string): Promise<Planner> {
  const client = new Client({ connectionString: url, application_name: 'underpin-plan' });
  // Said again by the statement that fails of it.
  client.on('error', () => undefined);
  await connected(client);
  const database = new PostgresDatabase(client);
  return {
    reading: database,
    trying: () =>
      rolledBack(database, async () => {
        await client.query('BEGIN READ WRITE');
        return { database, rollBack: async () => void (await client.query('ROLLBACK')) };
      }),
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
    throw new CouldNotAsk(
      `--database-url cannot be reached: ${wordsOf(error)}. Look at its host, port, user, password and database.`,
    );
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host with several addresses fails once for each, and the error that gathers them is silent.
  return error instanceof AggregateError ? [...new Set(error.errors.map(wordsOf))].join('; ') : error.message;
}
