import { readInput } from '../../cli/input-file.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Closers } from '../stage/closers.ts';
import { PartLost } from '../stage/part-lost.ts';
import { DumpError } from './dump-error.ts';
import { onMysql } from './on-mysql.ts';
import { onPostgres } from './on-postgres.ts';
import type { RehearsedDatabase, RehearsedEngine } from './rehearsed-database.ts';
import type { DatabaseServer } from './server-process.ts';

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
  if (schema !== null) for (const notice of await engine.load(url, schema, file ?? '')) report(`  ${notice}`);
  if (imitated !== null)
    for (const notice of await engine.load(url, imitated, rowsFile ?? '')) report(`  ${notice}`);
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
