import type { RowKeys } from './row-keys.ts';

/**
 * Errors are named for what the state machine does with them. The names are literals: a minifier renames
 * classes, never strings, and ASL matches names.
 */

/** One fault of a migration file, with its place. */
export interface SpecProblem {
  readonly line: number;
  readonly column: number;
  readonly key: string;
  readonly fact: string;
  readonly remedy: string;
  /** Keys of rows that are meant. */
  readonly rows?: RowKeys;
  /** It is the database that has to change first, not the file. */
  readonly waitsFor?: 'database';
}

/** The migration file is wrong. Nothing was touched. Never retried. */
export class InvalidSpec extends Error {
  override readonly name = 'InvalidSpec';
  readonly problems: readonly SpecProblem[];
  constructor(message: string, problems: readonly SpecProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

/** The target is not said where there are several, or is none of this deployment. Nothing was touched. Never retried. */
export class NoSuchTarget extends Error {
  override readonly name = 'NoSuchTarget';
}

/** The database is not as the migration needs it. Nothing was changed. Never retried. */
export class PreflightFailed extends Error {
  override readonly name = 'PreflightFailed';
}

/** The database did not answer or asked to be called again; nothing is known to be wrong. Retried with jitter. */
export class TransientDatabaseError extends Error {
  override readonly name = 'TransientDatabaseError';
  /** Where the database itself ended the statement; otherwise it may still arrive. */
  readonly sqlState: string | undefined;
  constructor(message: string, sqlState?: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

/** CloudWatch or AppConfig did not answer or asked to be called again; nothing is known to be wrong. Retried with jitter. */
export class TransientAwsError extends Error {
  override readonly name = 'TransientAwsError';
}

/** A lock was not granted within the lock timeout; the statement had no effect. Retried with jitter. */
export class LockNotAcquired extends Error {
  override readonly name = 'LockNotAcquired';
}

/** A guardrail's alarm is on. Rolls the migration back. */
export class GuardrailBreached extends Error {
  override readonly name = 'GuardrailBreached';
}

/** Rows of the two shapes differ, or too many rows refuse the change. Rolls the migration back. */
export class VerificationFailed extends Error {
  override readonly name = 'VerificationFailed';
}

/** Rows may have come behind the comparison since it ended. Nothing was moved; all rows are compared once more. Never retried. */
export class ComparisonOvertaken extends Error {
  override readonly name = 'ComparisonOvertaken';
}

/** A person has aborted the migration. Rolls it back. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** Nothing may be begun now: the migration is paused, or outside of its change window. Nothing was changed; retried for weeks. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/** A person's order cannot be carried out. Nothing was changed. Never retried. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
}

/** This worker belongs to an older epoch: another execution or a rollback has taken over. It changed nothing. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** An undo did not succeed. Needs attention. */
export class UndoFailed extends Error {
  override readonly name = 'UndoFailed';
}

/** A statement of the phase runs on in the database by itself, for longer than a function does. Asked for again, for weeks. */
export class StillRunning extends Error {
  override readonly name = 'StillRunning';
}

/** The flag could not be moved now because another deployment is under way. Retried with jitter. */
export class DeploymentInProgress extends Error {
  override readonly name = 'DeploymentInProgress';
}

/**
 * The database refused a statement for what it is, not for a row or a lock. `reason` is safe for people to read: the
 * SQLSTATE, and PostgreSQL's own sentence only where no row was touched. `step` is the plan's name of it. Never retried.
 */
export class StatementRefused extends Error {
  override readonly name: string = 'StatementRefused';
  readonly reason: string;
  /** The SQLSTATE alone, where the database gave one. */
  readonly sqlState: string | undefined;
  constructor(
    reason: string,
    { step, sqlState }: { readonly step?: string; readonly sqlState?: string | undefined } = {},
  ) {
    super(`the database refused ${step === undefined ? 'the statement' : `to ${step}`}: ${reason}`);
    this.reason = reason;
    this.sqlState = sqlState;
  }

  /** The same, said of a step of the plan. */
  ofStep(step: string): StatementRefused {
    return new StatementRefused(this.reason, { step, sqlState: this.sqlState });
  }
}

/**
 * The database has an error of its own. Mostly somebody's DDL came between (PostgreSQL's `tuple concurrently updated`,
 * `cache lookup failed`), and the next attempt succeeds. The statement had no effect. Retried a few times.
 */
export class InternalDatabaseError extends StatementRefused {
  override readonly name = 'InternalDatabaseError';

  override ofStep(step: string): InternalDatabaseError {
    return new InternalDatabaseError(this.reason, { step, sqlState: this.sqlState });
  }
}

/** A row's own data refused a statement: SQLSTATE class 22 or 23, or a state that a user's function raised. */
export class RowRefused extends Error {
  override readonly name = 'RowRefused';
  readonly sqlState: string;
  constructor(sqlState: string, step?: string) {
    const refused = `a row refused the change (SQLSTATE ${sqlState})`;
    super(step === undefined ? refused : `cannot ${step}: ${refused}`);
    this.sqlState = sqlState;
  }
}
