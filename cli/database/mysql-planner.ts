import { createConnection, type Connection } from 'mysql2/promise';
import { CouldNotAsk } from '../refused.ts';
import { UsageError } from '../usage-error.ts';
import { asWritten, MysqlDatabase } from './mysql-database.ts';
import { serverFacts, serverFault } from './mysql-fault.ts';
import { inTheLedger, type Planner } from './planner.ts';

// Whoever plans must never stand in the way of the application.
const politely =
  'SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2, max_execution_time = 30000';

/** A MySQL by its address, with the ordinary driver. Raises CouldNotAsk when it cannot be reached, UsageError for a replica and for MariaDB. */
export async function mysqlPlanner(url: string): Promise<Planner> {
  const client = await connected(url);
  const reading = new MysqlDatabase(client);
  return { reading, trying: () => inTheLedger(reading), close: () => client.end() };
}

async function connected(url: string): Promise<Connection> {
  let client: Connection | undefined;
  try {
    client = await createConnection({
      uri: url,
      ...asWritten,
      connectAttributes: { program_name: 'underpin-plan' },
    });
    // Said again by the statement that fails of it.
    client.on('error', () => undefined);
    await client.query(politely);
    const fault = serverFault(await serverFacts(client));
    if (fault !== undefined) throw new UsageError(`--database-url ${fault}`);
    return client;
  } catch (error) {
    await client?.end().catch(() => undefined);
    if (error instanceof UsageError) throw error;
    const why =
      error instanceof Error
        ? error.message || ('code' in error ? String(error.code) : error.name)
        : String(error);
    // The address is not repeated: it may hold a password.
    throw new CouldNotAsk(
      `--database-url cannot be reached: ${why}. Look at its host, port, user, password and database.`,
    );
  }
}
