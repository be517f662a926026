import { Client, DatabaseError, Pool, type PoolClient } from 'pg';
import { ServiceError } from '../service-error.ts';
import type { Session, Sessions } from '../session.ts';
import { describeDatabaseError, statementError } from './database-error.ts';
import { ResultTypes } from './result-type.ts';
import { batchExecuteStatement, executeStatement } from './statement.ts';

/** Connections to one database of PostgreSQL. */
export class PostgresSessions implements Sessions {
  readonly #types = new ResultTypes();
  readonly #pool: Pool;
  readonly #url: string;
  readonly #lent = new Map<Session, PoolClient>();

  constructor(url: string, connectionLimit: number) {
    this.#url = url;
    this.#pool = new Pool({
      connectionString: url,
      max: connectionLimit,
      application_name: 'rds-data-api',
      allowExitOnIdle: true,
    });
    // A database dropped or restarted closes idle connections: the pool forgets them and opens new ones.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async session(): Promise<Session> {
    const client = await this.#connect();
    const processId = Number(Reflect.get(client, 'processID'));
    const session: Session = {
      processId,
      inTransaction: () => client.getTransactionStatus() !== 'I',
      begin: () => run(client, 'BEGIN'),
      commit: () => run(client, 'COMMIT'),
      rollback: () => run(client, 'ROLLBACK'),
      execute: (request) => executeStatement(client, this.#types, request),
      executeBatch: (request) => batchExecuteStatement(client, request),
      explain: statementError,
      cancel: () => this.#cancel(processId),
      release: async () => {
        await giveBack(client);
        this.#lent.delete(session);
      },
    };
    this.#lent.set(session, client);
    return session;
  }

  async end(): Promise<void> {
    const ended = this.#pool.end();
    for (const [session, client] of this.#lent) {
      await session.cancel().catch(() => {});
      await endOf(client);
    }
    await ended;
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      if (error instanceof DatabaseError && error.code !== '57P03') {
        throw new ServiceError('DatabaseErrorException', describeDatabaseError(error));
      }
      const why = error instanceof Error ? error.message : String(error);
      throw new ServiceError(
        'DatabaseUnavailableException',
        `The writer instance in the DB cluster isn't available: ${why}`,
      );
    }
  }

  /** By a connection of its own: the pool may have none left, which is when statements time out. */
  async #cancel(processId: number): Promise<void> {
    const client = new Client({ connectionString: this.#url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT pg_cancel_backend($1)', [processId]);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

const run = async (client: PoolClient, sql: string): Promise<void> => void (await client.query(sql));

/** After `DISCARD ALL`. */
async function giveBack(client: PoolClient): Promise<void> {
  try {
    await client.query('DISCARD ALL');
    client.release();
  } catch {
    // In a transaction that the caller left open, or on a broken connection: nobody else may have this session.
    client.release(true);
  }
}

/** `end` is not in the published type of a pooled client, but every client has it; in mid-query it closes the socket. */
async function endOf(client: PoolClient & { end?: () => Promise<void> }): Promise<void> {
  await client.end?.().catch(() => {});
}
