import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import type { FreshDatabase } from './fresh-database.ts';

/** Whether this run has a MySQL: `describe.skipIf(!hasMysql())`. */
export const hasMysql = (): boolean => inject('mysqlUrl') !== null;

/** An empty database on the run's MySQL. `drop()` also ends whoever is still connected to it. */
export async function freshMysqlDatabase(): Promise<FreshDatabase> {
  const server = inject('mysqlUrl');
  if (server === null) throw new Error('this run has no MySQL: skip the test by hasMysql()');
  const name = `t_${process.pid}_${randomBytes(6).toString('hex')}`;
  await runAlone(server, [`CREATE DATABASE ${name}`]);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => dropDatabase(server, name) };
}

/** A statement that is still waiting for a lock would let DROP DATABASE wait for ever. */
async function dropDatabase(server: string, name: string): Promise<void> {
  const connection = await createConnection(server);
  try {
    const [sessions] = await connection.query('SELECT id FROM information_schema.processlist WHERE db = ?', [
      name,
    ]);
    for (const { id } of Array.isArray(sessions) ? sessions.map(sessionOf) : [])
      await connection.query(`KILL ${id}`).catch(() => {});
    await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  } finally {
    await connection.end();
  }
}

const sessionOf = (row: unknown): { readonly id: number } => {
  const id: unknown =
    typeof row === 'object' && row !== null ? (Reflect.get(row, 'id') ?? Reflect.get(row, 'ID')) : undefined;
  return { id: Number(id) };
};

async function runAlone(url: string, statements: readonly string[]): Promise<void> {
  const connection = await createConnection(url);
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}
