import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { freshDatabase } from '../fresh-database.ts';
import { catalogOf, viewsOf } from './catalog-of.ts';
import type { StagedDatabase } from './staged-database.ts';

export async function stagedPostgres(): Promise<StagedDatabase> {
  const { url } = await freshDatabase();
  // A connection for each question: a rehearsal refuses a database on which somebody else is.
  async function asked<T>(question: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await question(client);
    } finally {
      await client.end();
    }
  }
  return {
    url,
    engine: 'postgres',
    reset: async () => {
      const schema = await readFile('rehearsal/data/example-schema.sql', 'utf8');
      await asked((client) =>
        client.query(
          `DROP SCHEMA IF EXISTS underpin, public, accounts CASCADE; CREATE SCHEMA public;
           CREATE EXTENSION pg_stat_statements; ${schema}`,
        ),
      );
    },
    endSessions: () =>
      asked(async (client) => {
        const end = () =>
          client.query(
            `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'rds-data-api'`,
          );
        // Until there is none: a function that was killed may have asked for one that only now is there.
        while ((await end()).rows.length > 0);
      }),
    others: () =>
      asked(async (client) => {
        const { rows } = await client.query<{ who: string }>(
          `SELECT application_name AS who FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        return rows;
      }),
    letBatchesBeOld: () => Promise.resolve(),
    catalog: (table) =>
      asked(async (client) => ({
        ...(await catalogOf(client, table)),
        views: await viewsOf(client, table),
      })),
    aboutIt: (yaml) => yaml,
  };
}
