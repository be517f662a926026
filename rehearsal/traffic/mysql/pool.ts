import { createPool, type PoolConnection } from 'mysql2/promise';
import * as z from 'zod';
import { asWritten } from '../../../cli/database/mysql-database.ts';
import { applicationNames, type ConnectionPool, type VersionOptions } from '../application-version.ts';
import type { Query } from '../query.ts';

/** Rows, or what a statement that gives none came to. */
export async function sendQuery(
  client: { query: PoolConnection['query']; execute: PoolConnection['execute'] },
  { text, values }: Query,
): Promise<Awaited<ReturnType<ConnectionPool['run']>>> {
  const [result]: readonly unknown[] = await (values.length === 0
    ? client.query(text)
    : client.execute(text, [...values]));
  if (Array.isArray(result)) return { rows: result, rowCount: result.length, generated: null };
  const { affectedRows, insertId } = header.parse(result);
  return { rows: [], rowCount: affectedRows, generated: insertId === '0' ? null : insertId };
}

const header = z.object({
  affectedRows: z.number(),
  insertId: z.union([z.number(), z.string()]).transform(String),
});

/** An application's pool on MySQL. Rows count as found where nothing in them changed. */
export function mysqlPool(
  version: 'old' | 'new',
  { databaseUrl, connections, statementTimeoutMs }: VersionOptions,
): ConnectionPool {
  const pool = createPool({
    uri: databaseUrl,
    ...asWritten,
    connectionLimit: connections,
    idleTimeout: 86_400_000,
    maxIdle: connections,
    connectAttributes: { program_name: applicationNames[version] },
  });
  const seconds = Math.max(1, Math.ceil(statementTimeoutMs / 1000));
  // It has no limit for a statement that writes: what such a one waits for has.
  const settings = `SET SESSION max_execution_time = ${statementTimeoutMs}, lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${seconds}`;
  pool.on('connection', (connection) => {
    connection.on('error', () => {});
    void connection.query(settings);
  });
  return {
    start: async () => {
      const clients = await Promise.all(Array.from({ length: connections }, () => pool.getConnection()));
      for (const client of clients) client.release();
    },
    run: async (query, begun) => {
      const client = await pool.getConnection();
      begun();
      try {
        return await sendQuery(client, query);
      } finally {
        client.release();
      }
    },
    end: () => pool.end(),
  };
}
