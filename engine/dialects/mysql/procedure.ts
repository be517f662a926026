import { fencedState, lockWaitTimeout } from './errors.ts';
import { hashOf, identifier } from './quote.ts';

/** A procedure in the ledger's database. */
export interface Procedure {
  /** CREATE PROCEDURE. */
  readonly create: string;
  /** A CALL of it with these expressions as arguments. */
  call(...values: readonly string[]): string;
}

/**
 * A procedure whose name holds a hash of what it does: one of another version stands beside it, so that nothing that runs
 * finds its procedure changed or gone. It reads the caller's settings; `body` is one statement.
 */
export function procedure(name: string, parameters: readonly string[], body: string): Procedure {
  const does = `(${parameters.join(', ')})\n  SQL SECURITY INVOKER\n${body}`;
  const full = `underpin.${identifier(`${name}_${hashOf(does)}`)}`;
  return {
    create: `CREATE PROCEDURE IF NOT EXISTS ${full} ${does}`,
    call: (...values) => `CALL ${full}(${values.join(', ')})`,
  };
}

/** The parameter by which a call is named, so that its answer is found and a second one does nothing. */
export const callParameter = 'underpin_call';

/** What a call has answered; no row where it had nothing to say. */
export const answerOfCall = `SELECT answer FROM underpin.answer WHERE id = :${callParameter} AND answer IS NOT NULL`;

// Answers are read at once; what is older was meant for somebody who has died.
const forgetAnswers = `DELETE FROM underpin.answer WHERE asked_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 100`;

/**
 * Locks no gaps: two that look for a row which is not there, and then insert one each, would wait for each other. Needs
 * binary logs by row, as they are by default.
 */
export const beginTransaction = `  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
`;

/**
 * A procedure that answers, in one transaction with what it does: the rows that a CALL selects may not reach the caller.
 * Whoever sends it again because the answer was lost changes nothing, and reads the first one's answer.
 */
export function idempotentProcedure(
  name: string,
  parameters: readonly string[],
  {
    declares = [],
    locks = [],
    body,
  }: { readonly declares?: readonly string[]; readonly locks?: readonly string[]; readonly body: string },
): Procedure {
  return procedure(
    name,
    ['call_id VARCHAR(36)', ...parameters],
    `BEGIN
  DECLARE answer JSON;
  DECLARE is_new BOOLEAN DEFAULT TRUE;
${declares.map((each) => `  DECLARE ${each};\n`).join('')}  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK;
${locks.map((lock) => `    DO RELEASE_LOCK(${lock});\n`).join('')}    RESIGNAL;
  END;
${locks.map((lock) => takeLock(lock)).join('')}${beginTransaction}
  BEGIN
    DECLARE EXIT HANDLER FOR 1062 SET is_new = FALSE;
    INSERT INTO underpin.answer (id) VALUES (call_id);
  END;
  IF is_new THEN
${body}
    UPDATE underpin.answer AS a SET a.answer = answer WHERE a.id = call_id;
    ${forgetAnswers};
  END IF;
  COMMIT;
${locks.map((lock) => `  DO RELEASE_LOCK(${lock});\n`).join('')}END`,
  );
}

/**
 * The lock of a migration, as an expression over `of_migration`: DDL commits by itself and gives up the locks of rows, and
 * this one stays. Of a unit, a claim and a fence only one is at work.
 */
export const migrationLock = `CONCAT('underpin ', LEFT(SHA2(of_migration, 256), 40))`;

/** The lock of whoever takes a table: of two that find it free only one is at work. */
export const claimsLock = `'underpin claims'`;

const lockSeconds = 20;

export const takeLock = (
  lock: string,
  seconds: number | string = lockSeconds,
): string => `  IF GET_LOCK(${lock}, ${seconds}) <> 1 THEN
    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${lockWaitTimeout}, MESSAGE_TEXT = 'another call is at work on this migration';
  END IF;
`;

/** Raises that the epoch is over. */
export const raiseFenced = `SIGNAL SQLSTATE '${fencedState}' SET MESSAGE_TEXT = 'the epoch of the migration is over'`;
