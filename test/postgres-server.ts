import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../rehearsal/database/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly postgresUrl: string;
    /** The major version. */
    readonly postgresVersion: number;
  }
}

/** One PostgreSQL for the whole run; every test makes its own database on it with `freshDatabase()`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nothing here is worth surviving a power cut, and every test creates a database. Autovacuum comes when it likes: it takes
  // locks that tests count or wait for, and makes a table's files grow between two looks.
  const server = await startPostgres({
    settings: {
      max_connections: '500',
      'pg_stat_statements.max': '50000',
      fsync: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
    },
  });
  project.provide('postgresUrl', server.url);
  project.provide('postgresVersion', await majorVersion(server.url));
  return () => server.stop();
}

async function majorVersion(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ number: number }>(
      "SELECT current_setting('server_version_num')::integer / 10000 AS number",
    );
    return rows[0]?.number ?? 0;
  } finally {
    await client.end();
  }
}
