import { one, type Database, type Statement } from '../../engine/database/database.ts';
import { StatementRefused } from '../../engine/database/errors.ts';
import { CouldNotAsk } from '../refused.ts';
import * as z from 'zod';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import type { RunningDialect } from '../../engine/dialects/running-dialect.ts';

/** One transaction that ends in a rollback, whatever happens in it. */
export interface Attempt {
  readonly database: Database;
  readonly rollBack: () => Promise<void>;
}

/** A database that is only looked at. */
export interface Planner {
  /** Reads; where the engine has transactions for everything, it cannot write. */
  readonly reading: Database;
  /** Where changes are tried on an empty copy of the table, which goes again. */
  trying(): Promise<Database>;
  close(): Promise<void>;
}

/** All that is tried is rolled back, the ledger's schema included. */
export async function rolledBack(reading: Database, attempt: () => Promise<Attempt>): Promise<Database> {
  const { ask, create } = planningDialectOf(reading).ledgerSchema;
  const { exists } = await one(reading, ask, z.object({ exists: z.boolean() }));
  return new Undone(reading, attempt, exists ? [] : [create]);
}

/**
 * MySQL says how it does a change where the change is done, and commits what is done by itself: it is tried by the ledger's
 * own procedures on copies in the ledger's database, which is made where it lacks and stays.
 */
export async function inTheLedger(reading: Database): Promise<Database> {
  try {
    await installLedger(reading);
    return reading;
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    throw notLet(error.reason);
  }
}

/** The role cannot do what planning takes. */
export const notLet = (says: string): CouldNotAsk =>
  new CouldNotAsk(
    `The database does not let the plan be made: ${says}. Give the role that will migrate: it owns the table and may create the schema underpin.`,
  );

/**
 * A database on which nothing stays. PostgreSQL itself says what an empty copy of the table would look like, and for
 * that a function and a copy have to be there for a moment: what `run` asks for is done again in a transaction before
 * each question, and rolled back with it. So a question that fails leaves the next one a transaction that works.
 */
class Undone implements Database {
  private readonly before: Statement[];

  readonly dialect: RunningDialect;

  constructor(
    reading: Database,
    private readonly attempt: () => Promise<Attempt>,
    before: readonly Statement[],
  ) {
    this.dialect = reading.dialect;
    this.before = [...before];
  }

  run(statement: Statement): Promise<void> {
    this.before.push(statement);
    return Promise.resolve();
  }

  async rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]> {
    const { database, rollBack } = await this.attempt();
    try {
      await this.prepare(database);
      return await database.rows(statement, row);
    } finally {
      await rollBack();
    }
  }

  /** That the role may not do this is not the fault of the change. */
  private async prepare(database: Database): Promise<void> {
    try {
      for (const each of this.before) await database.run(each);
    } catch (error) {
      if (!(error instanceof StatementRefused)) throw error;
      throw notLet(error.reason);
    }
  }

  start(): Promise<never> {
    return Promise.reject(new Error('a plan starts nothing'));
  }
}
