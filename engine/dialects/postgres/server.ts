import * as z from 'zod';
import { StatementRefused } from '../../database/errors.ts';
import { one, type Statements } from '../../database/statements.ts';

/** What a server is, as far as its own statistics go. */
export interface Server {
  readonly aurora: boolean;
  /** The major version. */
  readonly version: number;
}

const undefinedFunction = '42883';
const version = z.object({ version: z.number() });

const askVersion = (from: string) => ({
  text: `SELECT json_build_object('version', current_setting('server_version_num')::integer / 10000)::text${from}`,
});

/**
 * Aurora is known by calling it. Its own functions need not stand in the catalog: on Aurora PostgreSQL 17.7 pg_proc had none of
 * them while aurora_version() answered (measured by others: github.com/erikdarlingdata/PerformanceMonitor/issues/2340), so
 * whoever looks a name up may take Aurora for a server that has no readers.
 */
export async function readServer(database: Statements): Promise<Server> {
  try {
    return { aurora: true, ...(await one(database, askVersion(' FROM aurora_version()'), version)) };
  } catch (error) {
    if (!(error instanceof StatementRefused && error.sqlState === undefinedFunction)) throw error;
    return { aurora: false, ...(await one(database, askVersion(''), version)) };
  }
}

const known = new WeakMap<Statements, Server>();

/** The same, asked once for as long as somebody holds the database. */
export async function serverOf(database: Statements): Promise<Server> {
  const server = known.get(database) ?? (await readServer(database));
  known.set(database, server);
  return server;
}
