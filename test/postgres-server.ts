import type { TestProject } from 'vitest/node';
import { startPostgres } from '../rehearsal/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run; every test makes its own database on it with `freshDatabase()`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nothing here is worth surviving a power cut, and every test creates a database.
  const server = await startPostgres({
    settings: { max_connections: '200', fsync: 'off', full_page_writes: 'off' },
  });
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
