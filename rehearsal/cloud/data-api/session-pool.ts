import { Client, DatabaseError, Pool, type PoolClient } from 'pg';
import { ServiceError } from './service-error.ts';
import { describeDatabaseError } from './database-error.ts';

/** One backend connection, lent to one call or to one transaction. */
export interface Session {
  readonly client: PoolClient;
  /** The backend's process id; the service calls it dbConnectionId. */
  readonly processId: number;
  /** Cancels what the backend is running at this moment. Resolves when the server has sent the signal. */
  cancel(): Promise<void>;
  /** Gives the connection back after `DISCARD ALL`, or closes it when that fails. Never rejects. */
  release(): Promise<void>;
}

/** Connections to one database under one limit. */
export class SessionPool {
  readonly #pool: Pool;
  readonly #url: string;
  readonly #lent = new Set<Session>();

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

  /** Waits while all connections are busy. Throws DatabaseErrorException or DatabaseUnavailableException. */
  async session(): Promise<Session> {
    const client = await this.#connect();
    const processId = Number(Reflect.get(client, 'processID'));
    const session: Session = {
      client,
      processId,
      cancel: () => this.#cancel(processId),
      release: async () => {
        await giveBack(client);
        this.#lent.delete(session);
      },
    };
    this.#lent.add(session);
    return session;
  }

  /** Ends idle connections, and cuts those where a statement still runs. */
  async end(): Promise<void> {
    const ended = this.#pool.end();
    for (const session of this.#lent) {
      await session.cancel().catch(() => {});
      await endOf(session.client);
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
