import { basename } from 'node:path';
import type { Engine } from '../../engine/dialects/engine.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { readInput } from '../../cli/input-file.ts';
import type { OnProgress } from '../data/fill-table.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Closers } from '../stage/closers.ts';
import { PartLost } from '../stage/part-lost.ts';
import type { TargetTable } from '../traffic/present-table.ts';
import { DumpError } from './dump-error.ts';
import { onMysql } from './on-mysql.ts';
import { onPostgres } from './on-postgres.ts';
import type { DatabaseServer } from './server-process.ts';

export interface RehearsedDatabase {
  readonly url: string;
  /** Whether it was made for this rehearsal; otherwise it is somebody's copy. */
  readonly isOurs: boolean;
  readonly name: string;
  /** Why no statements are counted, so that no evidence can be had of them; null where they are. */
  readonly uncounted: string | null;
  /** Fills a table, and gives how many rows it has then. Raises DataError. */
  fill(table: TableName, rows: number, onProgress: OnProgress): Promise<number>;
  /** The table under the name that it has now: an earlier start may have left it under another. */
  present(named: TargetTable): Promise<TableName>;
  /** Rejects with PartLost when the server that was started for it ends by itself. */
  readonly lost: Promise<never>;
}

/** What an engine has to do with a database before and while it is rehearsed on. */
export interface RehearsedEngine {
  /** A server for this rehearsal alone. */
  start(): Promise<DatabaseServer>;
  /** The name of the database that is made on it. */
  databaseFor(table: TableName): string;
  readonly exampleSchema: string;
  /** Raises InvalidSpec where anybody else is there. */
  refuseProduction(url: string): Promise<void>;
  /** Loads an SQL file, and gives what was left out. Raises DumpError. */
  load(url: string, text: string, file: string): Promise<readonly string[]>;
  uncounted(url: string, options: { readonly isOurs: boolean }): Promise<string | null>;
  nameOf(url: string): string;
  fill(url: string, table: TableName, rows: number, onProgress: OnProgress): Promise<number>;
  present(url: string, named: TargetTable): Promise<TableName>;
}

const engines: { readonly [E in Engine]: RehearsedEngine } = { postgres: onPostgres, mysql: onMysql };

type Asked = Pick<RehearsalOptions, 'databaseUrl' | 'schema' | 'engine'> & {
  readonly table: TableName;
  /** The file of a few rows to imitate, where the migration names one. */
  readonly rowsFile: string | null;
};

/** The database to rehearse on: on a server of its own, or somebody's copy. What it starts is closed by `closers`. Raises InvalidSpec and DumpError. */
export async function openDatabase(
  { databaseUrl, schema: schemaFile, engine: name, table, rowsFile }: Asked,
  closers: Closers,
  report: (line: string) => void,
): Promise<RehearsedDatabase> {
  const engine = engines[name];
  const file = schemaFile ?? (databaseUrl === null ? engine.exampleSchema : null);
  // Read before anything is started: a file that is not there costs nobody a server.
  const schema = file === null ? null : await readSql(file);
  const imitated = rowsFile === null || databaseUrl !== null ? null : await readSql(rowsFile);
  if (databaseUrl !== null) await engine.refuseProduction(databaseUrl);
  const server = databaseUrl === null ? await closers.add(started(engine)) : null;
  const url = server ? await server.createDatabase(engine.databaseFor(table)) : (databaseUrl ?? '');
  if (schema !== null)
    for (const notice of await engine.load(url, schema, basename(file ?? ''))) report(`  ${notice}`);
  if (imitated !== null)
    for (const notice of await engine.load(url, imitated, basename(rowsFile ?? ''))) report(`  ${notice}`);
  else if (rowsFile !== null) report('  rehearsal.rows: left out, since a copy has rows of its own');
  return {
    url,
    isOurs: server !== null,
    name: engine.nameOf(url),
    uncounted: await engine.uncounted(url, { isOurs: server !== null }),
    fill: (of, rows, onProgress) => engine.fill(url, of, rows, onProgress),
    present: (named) => engine.present(url, named),
    lost: deathOf(server),
  };
}

const readSql = (file: string): Promise<string> => readInput(file, (message) => new DumpError(message));

async function started(engine: RehearsedEngine) {
  const server = await engine.start();
  return { ...server, close: () => server.stop() };
}

function deathOf(server: DatabaseServer | null): Promise<never> {
  return new Promise((_, reject) => {
    void server?.died.then((how) =>
      reject(new PartLost(`The rehearsal's database server ended by itself (${how}).`)),
    );
  });
}
