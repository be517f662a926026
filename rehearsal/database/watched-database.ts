import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { engineOfUrl } from '../../cli/database/engine-of-url.ts';
import { asWritten, MysqlDatabase } from '../../cli/database/mysql-database.ts';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import type { Database } from '../../engine/database/database.ts';

export interface WatchedDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

/** A database that is looked at from outside; `name` is what the server calls the session. One that restarts is found again. */
export const watchedDatabase = (url: string, name: string): WatchedDatabase =>
  engineOfUrl(url) === 'mysql' ? onMysql(url, name) : onPostgres(url, name);

function onPostgres(url: string, name: string): WatchedDatabase {
  // A pool of one: it opens another connection when that one is lost.
  const pool = new Pool({ connectionString: url, application_name: name, max: 1 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return { database: new PostgresDatabase(pool), close: () => pool.end() };
}

function onMysql(uri: string, name: string): WatchedDatabase {
  const pool = createPool({
    uri,
    ...asWritten,
    connectionLimit: 1,
    connectAttributes: { program_name: name },
  });
  pool.on('connection', (connection) => connection.on('error', () => {}));
  return { database: new MysqlDatabase(pool), close: () => pool.end() };
}
