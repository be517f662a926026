import { Pool } from 'pg';
import { applicationNames, type ConnectionPool, type VersionOptions } from './application-version.ts';

/** An application's pool on PostgreSQL. */
export function postgresPool(
  version: 'old' | 'new',
  { databaseUrl, connections, statementTimeoutMs }: VersionOptions,
): ConnectionPool {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: applicationNames[version],
    statement_timeout: statementTimeoutMs,
    max: connections,
    idleTimeoutMillis: 0,
  });
  // A connection that dies while idle is replaced, unnoticed; one that dies at work fails its request, and that tells.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    start: async () => {
      const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
      for (const client of clients) client.release();
    },
    run: async ({ text, values }, begun) => {
      const client = await pool.connect();
      begun();
      let failed = true;
      try {
        const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...values]);
        failed = false;
        return { rows, rowCount: rowCount ?? 0, generated: null };
      } finally {
        // A connection is kept unless it is broken; pg marks that by refusing further queries.
        client.release(failed && !(await isAlive(client)));
      }
    },
    end: () => pool.end(),
  };
}

async function isAlive(client: { query(text: string): Promise<unknown> }): Promise<boolean> {
  try {
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}
