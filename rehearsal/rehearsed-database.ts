import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { InvalidSpec } from '../engine/errors.ts';
import { startPostgres } from './embedded-postgres.ts';
import { loadDump } from './load-dump.ts';
import type { RehearsalOptions } from './options.ts';

export interface RehearsedDatabase {
  readonly url: string;
  readonly name: string;
  close(): Promise<void>;
}

const exampleSchema = fileURLToPath(new URL('./data/example-schema.sql', import.meta.url));

/** The database to rehearse on: the built-in PostgreSQL, or somebody's copy. Raises InvalidSpec for bad input. */
export async function openDatabase(
  { databaseUrl, schema: schemaFile }: Pick<RehearsalOptions, 'databaseUrl' | 'schema'>,
  tell: (line: string) => void,
): Promise<RehearsedDatabase> {
  const file = schemaFile ?? (databaseUrl === null ? exampleSchema : null);
  // Read before anything is started: a file that is not there costs nobody a server.
  const schema = await schemaText(file);
  if (databaseUrl !== null) await refuseProduction(databaseUrl);
  const server = databaseUrl === null ? await startPostgres() : null;
  try {
    const url = server ? await server.createDatabase('rehearsal') : (databaseUrl ?? '');
    if (schema !== null)
      for (const notice of (await loadDump(url, schema, basename(file ?? ''))).notices) tell(`  ${notice}`);
    return { url, name: databaseName(url), close: async () => server?.stop() };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function schemaText(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InvalidSpec(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const databaseName = (url: string): string =>
  decodeURIComponent(new URL(url).pathname.slice(1)) || 'postgres';

/** A rehearsal writes, locks and breaks things on purpose: where anybody else is connected, it does not begin. */
async function refuseProduction(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'underpin-rehearsal' });
  try {
    await client.connect();
  } catch (error) {
    throw new InvalidSpec(
      `--database-url cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  try {
    const { rows } = await client.query<{ who: string; replicas: number; recovery: boolean }>(
      `SELECT coalesce(string_agg(DISTINCT coalesce(nullif(application_name, ''), usename, 'a client'), ', ')
                         FILTER (WHERE datname = current_database() AND pid <> pg_backend_pid()
                                   AND backend_type = 'client backend' AND application_name NOT LIKE 'underpin-rehearsal%'), '') AS who,
              (SELECT count(*)::integer FROM pg_stat_replication) AS replicas,
              pg_is_in_recovery() AS recovery
       FROM pg_stat_activity`,
    );
    const [found] = rows;
    if (found?.recovery)
      throw new InvalidSpec('--database-url is a replica, which nobody can write. Give a copy.');
    if (found && found.who !== '')
      throw new InvalidSpec(
        `--database-url looks like production: others are connected (${found.who}). ` +
          'A rehearsal writes, locks and breaks things on purpose. Restore a copy and give its address.',
      );
    if (found && found.replicas > 0)
      throw new InvalidSpec(
        '--database-url looks like production: it has replicas. Restore a copy and give its address.',
      );
  } finally {
    await client.end();
  }
}
