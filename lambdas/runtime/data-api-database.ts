import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
  type RDSDataClient,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { Database, Parameter, Statement } from '../../engine/database/database.ts';
import { answerOf } from '../../engine/database/named-call.ts';
import type { RunningDialect } from '../../engine/dialects/running-dialect.ts';
import { requestSent } from './data-api-requests.ts';
import { knownError, refusedAsSlow } from './database-errors.ts';

export interface DataApiTarget {
  readonly dialect: RunningDialect;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  /** All in one transaction; without it each call commits by itself. */
  readonly transactionId?: string;
}

// A paused cluster answers after 12 to 40 s; its error is a 400, which the SDK does not retry.
const resumeWithinMs = 60_000;
const resumePauseMs = 2000;

/**
 * The database behind the RDS Data API: one call, one session, one commit. `once` is a client that never sends a request
 * again by itself (`maxAttempts: 1`): what is started and runs on would be started twice after a lost answer.
 */
export class DataApiDatabase implements Database {
  readonly dialect: RunningDialect;
  private readonly target: Omit<DataApiTarget, 'dialect'>;
  constructor(
    private readonly client: RDSDataClient,
    { dialect, ...target }: DataApiTarget,
    private readonly once?: RDSDataClient,
  ) {
    this.dialect = dialect;
    this.target = target;
  }

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { records = [] } = await answerOf(this.dialect, statement, {
      name: randomUUID,
      execute: (each) => this.executeWithin(each),
    });
    return records.map(([first]) => row.parse(JSON.parse(first?.stringValue ?? 'null')));
  }

  async run(statement: Statement): Promise<void> {
    await this.executeWithin(statement);
  }

  async start(statement: Statement): Promise<'finished' | 'running'> {
    if (!this.once) throw new Error('this database was opened without a client to start statements by');
    try {
      await this.execute(statement, this.once, { continueAfterTimeout: true });
      return 'finished';
    } catch (error) {
      if (error instanceof TimedOut) return 'running';
      throw error;
    }
  }

  async runTogether(statements: readonly Statement[]): Promise<void> {
    const { once } = this;
    if (!once) throw new Error('this database was opened without a client to start statements by');
    await this.inTransaction(once, async (transactionId) => {
      for (const statement of statements) await this.execute(statement, once, { transactionId });
    });
  }

  /** What has a limit is ended by the database: nobody would know otherwise whether what it evaluates ever ends. */
  private async executeWithin(statement: Statement) {
    const { withinMs } = statement;
    const { boundedTo } = this.dialect;
    if (withinMs === undefined || boundedTo === null) return this.execute(statement, this.client);
    const within = async (transactionId: string) => {
      await this.execute({ text: boundedTo(withinMs) }, this.client, { transactionId });
      const answer = await this.execute(statement, this.client, { transactionId }).catch((error: unknown) => {
        throw refusedAsSlow(error, withinMs);
      });
      await this.execute({ text: boundedTo(0) }, this.client, { transactionId });
      return answer;
    };
    const { resourceArn, secretArn, transactionId } = this.target;
    if (transactionId !== undefined) return within(transactionId);
    return this.inTransaction(this.client, async (begun) => {
      const answer = await within(begun);
      const commit = new CommitTransactionCommand({ resourceArn, secretArn, transactionId: begun });
      await this.sent({ text: 'COMMIT' }, () => this.client.send(commit));
      return answer;
    });
  }

  private async inTransaction<T>(
    client: RDSDataClient,
    work: (transactionId: string) => Promise<T>,
  ): Promise<T> {
    const { resourceArn, secretArn, database } = this.target;
    const session = { resourceArn, secretArn };
    const transactionId = await this.sent({ text: 'BEGIN' }, async () => {
      const begun = await client.send(new BeginTransactionCommand({ ...session, database }));
      return begun.transactionId ?? '';
    });
    try {
      return await work(transactionId);
    } finally {
      // Mostly it has ended by itself, or by an error; otherwise the session would keep its locks.
      await client.send(new RollbackTransactionCommand({ ...session, transactionId })).catch(() => {});
    }
  }

  private execute(
    statement: Statement,
    client: RDSDataClient,
    options: { readonly continueAfterTimeout?: true; readonly transactionId?: string } = {},
  ) {
    const command = new ExecuteStatementCommand({
      ...this.target,
      ...options,
      // A transaction has its database.
      ...(options.transactionId === undefined ? {} : { database: undefined }),
      sql: statement.text,
      parameters: Object.entries(statement.parameters ?? {}).map(([name, value]) => bound(name, value)),
    });
    return this.sent(statement, async () => {
      try {
        return await client.send(command);
      } catch (error) {
        if (
          options.continueAfterTimeout &&
          error instanceof Error &&
          error.name === 'StatementTimeoutException'
        )
          throw new TimedOut();
        throw error;
      }
    });
  }

  private async sent<T>(statement: Statement, send: () => Promise<T>): Promise<T> {
    for (let waitedMs = 0; ; waitedMs += resumePauseMs) {
      try {
        requestSent();
        return await send();
      } catch (error) {
        if (!(error instanceof Error) || error instanceof TimedOut) throw error;
        if (error.name !== 'DatabaseResumingException' || waitedMs >= resumeWithinMs)
          throw knownError(error, this.dialect.errors, statement);
        await sleep(resumePauseMs);
      }
    }
  }
}

class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

function bound(name: string, value: Parameter): SqlParameter {
  if (value === null) return { name, value: { isNull: true } };
  if (typeof value === 'string') return { name, value: { stringValue: value } };
  if (typeof value === 'boolean') return { name, value: { booleanValue: value } };
  return { name, value: Number.isInteger(value) ? { longValue: value } : { doubleValue: value } };
}
