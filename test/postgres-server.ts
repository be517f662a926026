import type { TestProject } from 'vitest/node';
import { startPostgres } from '../rehearsal/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run; every test makes its own database on it with `freshDatabase()`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ settings: { max_connections: '200' } });
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
