import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { Closers } from '../stage/closers.ts';
import { DumpError } from './dump-error.ts';
import { statementsCounted } from './statements-counted.ts';
import { startPostgres } from './embedded-postgres.ts';
import type { DatabaseServer } from './server-process.ts';
import { readInput } from '../../cli/input-file.ts';
import { loadDump } from './load-dump.ts';
import type { RehearsalOptions } from '../options.ts';
import { PartLost } from '../stage/part-lost.ts';
import { refuseProduction } from './refuse-production.ts';

export interface RehearsedDatabase {
  readonly url: string;
  readonly name: string;
  /** Whether it counts statements, so that evidence can be had of them. */
  readonly countsStatements: boolean;
  /** Rejects with PartLost when the built-in PostgreSQL ends by itself. */
  readonly lost: Promise<never>;
}

const exampleSchema = fileURLToPath(new URL('../data/example-schema.sql', import.meta.url));

/** The database to rehearse on: the built-in PostgreSQL, or somebody's copy. What it starts is closed by `closers`. Raises InvalidSpec and DumpError. */
export async function openDatabase(
  { databaseUrl, schema: schemaFile }: Pick<RehearsalOptions, 'databaseUrl' | 'schema'>,
  closers: Closers,
  report: (line: string) => void,
): Promise<RehearsedDatabase> {
  const file = schemaFile ?? (databaseUrl === null ? exampleSchema : null);
  // Read before anything is started: a file that is not there costs nobody a server.
  const schema = file === null ? null : await readInput(file, (message) => new DumpError(message));
  if (databaseUrl !== null) await refuseProduction(databaseUrl);
  const server = databaseUrl === null ? await closers.add(builtIn()) : null;
  const url = server ? await server.createDatabase('rehearsal') : (databaseUrl ?? '');
  if (schema !== null)
    for (const notice of (await loadDump(url, schema, basename(file ?? ''))).notices) report(`  ${notice}`);
  const countsStatements = await statementsCounted(url, { create: server !== null });
  return { url, name: databaseName(url), countsStatements, lost: deathOf(server) };
}

async function builtIn() {
  const server = await startPostgres();
  return { ...server, close: () => server.stop() };
}

function deathOf(server: DatabaseServer | null): Promise<never> {
  return new Promise((_, reject) => {
    void server?.died.then((how) =>
      reject(new PartLost(`The built-in PostgreSQL ended by itself (${how}).`)),
    );
  });
}

// As the driver reads it: an address without a database means the one that is called like the user.
const databaseName = (url: string): string => new Client({ connectionString: url }).database ?? 'postgres';
