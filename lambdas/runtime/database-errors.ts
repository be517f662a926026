import { abortedState, fencedState } from '../../engine/dialects/postgres/ledger.ts';
import { wordsOfState } from '../../engine/dialects/postgres/sql-states.ts';
import {
  Aborted,
  Fenced,
  LockNotAcquired,
  RowRefused,
  StatementRefused,
  TransientDatabaseError,
} from '../../engine/database/errors.ts';
import { isNetworkError } from './aws-errors.ts';

const transientNames = new Set([
  'StatementTimeoutException',
  'DatabaseResumingException',
  'DatabaseUnavailableException',
  'ServiceUnavailableError',
  'InternalServerErrorException',
  'TransactionNotFoundException',
  'ThrottlingException',
]);

// What the service says before it has asked a database: nothing of a row can be in it.
const saidByTheService = new Set([
  'AccessDeniedException',
  'DatabaseNotFoundException',
  'ForbiddenException',
  'HttpEndpointNotEnabledException',
  'InvalidResourceStateException',
  'InvalidSecretException',
  'NotFoundException',
  'SecretsErrorException',
]);

// 08 connection, 40 rollback (deadlock, serialization), 53 resources, 57 operator intervention and cancelled statements.
const transientClasses = new Set(['08', '40', '53', '57']);
const rowClasses = new Set(['22', '23']);
// The author's own SQL is wrong.
const wrongSqlClass = '42';
const lockNotAvailable = '55P03';
// A writer that has become a reader: a failover is not over yet.
const readOnlyTransaction = '25006';
const raisedByFunction = 'P0001';
// The standard keeps 0-4 and A-H for itself; of the rest, these are PostgreSQL's. Others only a function can raise.
const freeClass = /^[5-9I-Z]/u;
const takenClasses = new Set(['53', '54', '55', '57', '58', '72', 'P0', 'XX']);

/** The SQLSTATE at the end of a DatabaseErrorException's message; undefined where there is none. */
export const sqlStateOf = (message: string): string | undefined =>
  /SQLState: (\w{5})\s*$/u.exec(message)?.[1];

/**
 * The error as the state machine and the workers know it: by name and SQLSTATE, never by the rest of the text. That text
 * is passed on only of a statement that evaluates nothing over rows, and of the service itself.
 */
export function knownError(error: unknown, { catalogOnly = false } = {}): unknown {
  if (!(error instanceof Error)) return error;
  if (transientNames.has(error.name) || isNetworkError(error))
    return new TransientDatabaseError(`the database did not answer: ${error.name}`);
  if (error.name !== 'DatabaseErrorException') return isForeign(error) ? withoutText(error) : error;
  const state = sqlStateOf(error.message);
  if (state === undefined) return new StatementRefused('no SQLSTATE');
  if (state === lockNotAvailable)
    return new LockNotAcquired('a lock was not granted within the lock timeout');
  if (state === fencedState) return new Fenced('this epoch is over');
  if (state === abortedState) return new Aborted('a person has aborted the migration');
  const group = state.slice(0, 2);
  if (transientClasses.has(group) || state === readOnlyTransaction)
    return new TransientDatabaseError(`SQLSTATE ${state}`);
  if (rowClasses.has(group) || isRaised(state)) return new RowRefused(state);
  return catalogOnly && group === wrongSqlClass
    ? new StatementRefused(`${primaryMessage(error.message)} (SQLSTATE ${state})`)
    : new StatementRefused(wordsOfState(state));
}

const isRaised = (state: string): boolean =>
  state === raisedByFunction || (freeClass.test(state) && !takenClasses.has(state.slice(0, 2)));

type Foreign = Error & { readonly $metadata: unknown };

/** Whether it came from AWS by a name whose text we cannot vouch for. */
const isForeign = (error: Error): error is Foreign =>
  '$metadata' in error && !saidByTheService.has(error.name);

/** PostgreSQL's own sentence, without its detail, hint, context and position. */
const primaryMessage = (message: string): string =>
  message.replace(/(?:\n|; (?:Position|SQLState): ).*$/su, '').replace(/^[A-Z]+: /u, '');

const withoutText = ({ name, $metadata }: Foreign): Error =>
  Object.assign(new Error(`the Data API refused the call: ${name}`), { name, $metadata });
