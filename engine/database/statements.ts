import type * as z from 'zod';

export type Parameter = string | number | boolean | null;

/** One SQL statement with its named parameters (`:name`); a whole number binds as int8, other numbers as float8. */
export interface Statement {
  readonly text: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /**
   * It is parsed, or reads and changes the catalog, and evaluates nothing over rows of anybody. Only then may people read
   * what the database says against it: everywhere else a value can be in those words.
   */
  readonly catalogOnly?: true;
  /**
   * It evaluates what an author wrote, and the database ends it after so long, where the engine can: then StatementRefused.
   * Such a statement runs in a transaction of its own, since a limit that is set inside a statement does not bound it.
   */
  readonly withinMs?: number;
}

/**
 * What runs statements as the RDS Data API does: every call is one statement, one session, one commit.
 * Raises TransientDatabaseError, LockNotAcquired, Fenced and RowRefused by SQLSTATE alone. What else the database refuses
 * raises StatementRefused: the SQLSTATE, with the database's own sentence only where the statement is `catalogOnly`.
 */
export interface Statements {
  /** Runs a statement whose rows are one column of JSON text each, and parses every row. */
  rows<T>(statement: Statement, row: z.ZodType<T>): Promise<readonly T[]>;
  /** Runs a statement for its effect. */
  run(statement: Statement): Promise<void>;
  /** Starts a statement that may outlive the call; resolves 'finished' or, past the call's own limit, 'running'. */
  start(statement: Statement): Promise<'finished' | 'running'>;
  /** Only for an engine that needs it: runs statements one after the other in one session, of which the last one ends the transaction by itself. */
  readonly runTogether?: (statements: readonly Statement[]) => Promise<void>;
}

/** The single row of a statement that always gives one. */
export async function one<T>(database: Statements, statement: Statement, row: z.ZodType<T>): Promise<T> {
  const [first] = await database.rows(statement, row);
  if (first === undefined)
    throw new Error(`a statement that always gives a row gave none: ${statement.text.slice(0, 80)}`);
  return first;
}
