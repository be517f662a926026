import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { DumpError } from './dump-error.ts';
import { startPostgres } from './embedded-postgres.ts';
import { readInput } from './input-file.ts';
import { loadDump } from './load-dump.ts';
import type { RehearsalOptions } from './options.ts';
import { refuseProduction } from './refuse-production.ts';

export interface RehearsedDatabase {
  readonly url: string;
  readonly name: string;
  close(): Promise<void>;
}

const exampleSchema = fileURLToPath(new URL('./data/example-schema.sql', import.meta.url));

/** The database to rehearse on: the built-in PostgreSQL, or somebody's copy. Raises InvalidSpec and DumpError. */
export async function openDatabase(
  { databaseUrl, schema: schemaFile }: Pick<RehearsalOptions, 'databaseUrl' | 'schema'>,
  tell: (line: string) => void,
): Promise<RehearsedDatabase> {
  const file = schemaFile ?? (databaseUrl === null ? exampleSchema : null);
  // Read before anything is started: a file that is not there costs nobody a server.
  const schema = file === null ? null : await readInput(file, (message) => new DumpError(message));
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

// As the driver reads it: an address without a database means the one that is called like the user.
const databaseName = (url: string): string => new Client({ connectionString: url }).database ?? 'postgres';
