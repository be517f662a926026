import { createConnection, createPool, escapeId, type Pool, type PoolConnection } from 'mysql2/promise';
import { ServiceError } from '../service-error.ts';
import type { Session, Sessions } from '../session.ts';
import { describeDatabaseError, isMysqlError, statementError } from './database-error.ts';
import { batchExecuteStatement, executeStatement, type Outcome } from './statement.ts';

const IN_TRANSACTION = 1;
const SHUTTING_DOWN = 1053;

/** Connections to one database of MySQL. */
export class MysqlSessions implements Sessions {
  readonly #pool: Pool;
  readonly #url: string;
  readonly #lent = new Map<Session, PoolConnection>();

  constructor(url: string, connectionLimit: number) {
    this.#url = url;
    this.#pool = createPool({
      uri: url,
      connectionLimit,
      charset: 'utf8mb4_0900_ai_ci',
      // Values as MySQL writes them: a JavaScript number or date would lose digits.
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      jsonStrings: true,
    });
  }

  async session(): Promise<Session> {
    const connection = await this.#connect();
    let open = false;
    // A SELECT neither opens nor ends one: the server says it with everything else.
    const noted = (outcome: Outcome): void => {
      if ('done' in outcome) open = (Reflect.get(outcome.done, 'serverStatus') & IN_TRANSACTION) !== 0;
    };
    const close = async (sql: string): Promise<void> => {
      await connection.query(sql);
      open = false;
    };
    const processId = connection.threadId;
    const session: Session = {
      processId,
      inTransaction: () => open,
      begin: async () => {
        await connection.query('START TRANSACTION');
        open = true;
      },
      commit: () => close('COMMIT'),
      rollback: () => close('ROLLBACK'),
      execute: async (request) => {
        const body = await executeStatement(connection, request, noted);
        if (request.transactionId === undefined && open) throw opensTransaction();
        return body;
      },
      executeBatch: (request) => batchExecuteStatement(connection, request, noted),
      explain: statementError,
      cancel: () => this.#cancel(processId),
      release: async () => {
        await this.#giveBack(connection);
        this.#lent.delete(session);
      },
    };
    this.#lent.set(session, connection);
    return session;
  }

  async end(): Promise<void> {
    for (const [session, connection] of this.#lent) {
      await session.cancel().catch(() => {});
      connection.destroy();
    }
    await this.#pool.end();
  }

  async #connect(): Promise<PoolConnection> {
    try {
      return await this.#pool.getConnection();
    } catch (error) {
      if (isMysqlError(error) && error.errno !== SHUTTING_DOWN)
        throw new ServiceError('DatabaseErrorException', describeDatabaseError(error));
      throw statementError(error);
    }
  }

  /** By a connection of its own: the pool may have none left, which is when statements time out. */
  async #cancel(processId: number): Promise<void> {
    const connection = await createConnection(this.#url);
    try {
      await connection.query(`KILL QUERY ${processId}`);
    } finally {
      await connection.end().catch(() => {});
    }
  }

  /** Rolls back, and forgets settings, variables, locks, temporary tables; a default database stays unless it is set again. */
  async #giveBack(connection: PoolConnection): Promise<void> {
    try {
      await connection.reset();
      const database = decodeURIComponent(new URL(this.#url).pathname.slice(1));
      if (database !== '') await connection.query(`USE ${escapeId(database, true)}`);
      connection.release();
    } catch {
      // On a broken connection.
      connection.destroy();
    }
  }
}

const opensTransaction = (): ServiceError =>
  new ServiceError('ValidationException', 'A statement cannot open a transaction: call BeginTransaction');
