import { ExecuteStatementCommand, type RDSDataClient, type SqlParameter } from '@aws-sdk/client-rds-data';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { Database, Parameter, Statement } from '../../engine/database/database.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import type { RunningDialect } from '../../engine/dialects/running-dialect.ts';
import { runningDialectOf } from '../../engine/dialects/running-dialects.ts';
import { requestSent } from './data-api-requests.ts';
import { knownError } from './database-errors.ts';

export interface DataApiTarget {
  readonly engine: Engine;
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
  private readonly target: Omit<DataApiTarget, 'engine'>;
  constructor(
    private readonly client: RDSDataClient,
    { engine, ...target }: DataApiTarget,
    private readonly once?: RDSDataClient,
  ) {
    this.dialect = runningDialectOf(engine);
    this.target = target;
  }

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { records = [] } = await this.answered(statement);
    return records.map(([first]) => row.parse(JSON.parse(first?.stringValue ?? 'null')));
  }

  /** A call whose own rows may not come is named, and its answer is asked for by that name. */
  private async answered(statement: Statement) {
    const { answers } = this.dialect;
    if (answers === null || !statement.text.includes(`:${answers.call}`))
      return this.execute(statement, this.client);
    const name = { [answers.call]: randomUUID() };
    await this.execute({ ...statement, parameters: { ...statement.parameters, ...name } }, this.client);
    return this.execute({ text: answers.ask, parameters: name }, this.client);
  }

  async run(statement: Statement): Promise<void> {
    await this.execute(statement, this.client);
  }

  async start(statement: Statement): Promise<'finished' | 'running'> {
    if (!this.once) throw new Error('this database was opened without a client to start statements by');
    try {
      await this.execute(statement, this.once, true);
      return 'finished';
    } catch (error) {
      if (error instanceof TimedOut) return 'running';
      throw error;
    }
  }

  private async execute(statement: Statement, client: RDSDataClient, continueAfterTimeout = false) {
    const command = new ExecuteStatementCommand({
      ...this.target,
      sql: statement.text,
      parameters: Object.entries(statement.parameters ?? {}).map(([name, value]) => bound(name, value)),
      ...(continueAfterTimeout ? { continueAfterTimeout } : {}),
    });
    for (let waitedMs = 0; ; waitedMs += resumePauseMs) {
      try {
        requestSent();
        return await client.send(command);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (continueAfterTimeout && error.name === 'StatementTimeoutException') throw new TimedOut();
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
