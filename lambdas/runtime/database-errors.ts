import { fencedState } from '../../engine/dialects/postgres/ledger.ts';
import { Fenced, LockNotAcquired, RowRefused, TransientDatabaseError } from '../../engine/errors.ts';

const transientNames = new Set([
  'StatementTimeoutException',
  'DatabaseResumingException',
  'DatabaseUnavailableException',
  'ServiceUnavailableError',
  'InternalServerErrorException',
  'TransactionNotFoundException',
  'ThrottlingException',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
]);

// 08 connection, 40 rollback (deadlock, serialization), 53 resources, 57 operator intervention and cancelled statements.
const transientClasses = new Set(['08', '40', '53', '57']);
const rowClasses = new Set(['22', '23']);
const lockNotAvailable = '55P03';
const raisedByFunction = 'P0001';

/** The SQLSTATE at the end of a DatabaseErrorException's message; undefined where there is none. */
export const sqlStateOf = (message: string): string | undefined =>
  /SQLState: (\w{5})\s*$/u.exec(message)?.[1];

/** The error as the state machine and the workers know it: by name and SQLSTATE, never by the rest of the text. */
export function knownError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (transientNames.has(error.name) || transientNames.has(codeOf(error)))
    return new TransientDatabaseError(`the database did not answer: ${error.name}`);
  if (error.name !== 'DatabaseErrorException') return error;
  const state = sqlStateOf(error.message);
  if (state === undefined) return error;
  if (state === lockNotAvailable)
    return new LockNotAcquired('a lock was not granted within the lock timeout');
  if (state === fencedState) return new Fenced('this epoch is over');
  if (transientClasses.has(state.slice(0, 2))) return new TransientDatabaseError(`SQLSTATE ${state}`);
  // The text of such an error can hold the row's values; only the state goes on.
  if (rowClasses.has(state.slice(0, 2)) || state === raisedByFunction) return new RowRefused(state);
  return error;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';
