import {
  Aborted,
  Fenced,
  InternalDatabaseError,
  LockNotAcquired,
  RowRefused,
  StatementRefused,
  TransientDatabaseError,
} from '../../engine/database/errors.ts';
import type { ErrorMeaning, Errors } from '../../engine/dialects/errors.ts';
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

// A secret that rotates is wrong or unreadable for seconds to minutes, and a cluster that is modified or restarted is in no
// state to be asked: a migration of weeks must not go back for that.
const passingStates = new Set([
  'InvalidResourceStateException',
  'InvalidSecretException',
  'SecretsErrorException',
]);

// What the service says before it has asked a database: nothing of a row can be in it.
const saidByTheService = new Set([
  'AccessDeniedException',
  'DatabaseNotFoundException',
  'ForbiddenException',
  'HttpEndpointNotEnabledException',
  'NotFoundException',
]);

/**
 * The error as the state machine and the workers know it: by name and a SQLSTATE of the engine's own, never by the rest of the text. That text
 * is passed on only of a statement that evaluates nothing over rows, and of the service itself.
 */
export function knownError(error: unknown, errors: Errors, { catalogOnly = false } = {}): unknown {
  if (!(error instanceof Error)) return error;
  if (transientNames.has(error.name) || isNetworkError(error))
    return new TransientDatabaseError(`the database did not answer: ${error.name}`);
  if (passingStates.has(error.name))
    return new TransientDatabaseError(`the database cannot be reached now: ${error.name}: ${error.message}`);
  if (error.name !== 'DatabaseErrorException') return isForeign(error) ? withoutText(error) : error;
  const said = errors.read(error.message);
  // The service's own trouble with an answer, also one to a statement that has committed; all of ours may be sent again.
  if (said === undefined) return new TransientDatabaseError('the database answered without an SQLSTATE');
  const meaning = errors.meaning(said.code);
  const sqlState = errors.shown(said.code);
  const words = errors.words(sqlState);
  if (catalogOnly && meaning === 'wrong SQL')
    return new StatementRefused(`${said.sentence} (SQLSTATE ${sqlState})`, { sqlState });
  if (catalogOnly && errors.isOfCatalog(said.code))
    return new StatementRefused(`${words}: ${said.sentence}`, { sqlState });
  return named[meaning](sqlState, words);
}

const named: { readonly [M in ErrorMeaning]: (code: string, words: string) => Error } = {
  transient: (code) => new TransientDatabaseError(`SQLSTATE ${code}`, code),
  locked: () => new LockNotAcquired('a lock was not granted within the lock timeout'),
  fenced: () => new Fenced('this epoch is over'),
  aborted: () => new Aborted('a person has aborted the migration'),
  'row refused': (code) => new RowRefused(code),
  'wrong SQL': (code, words) => new StatementRefused(words, { sqlState: code }),
  'internal error': (code, words) => new InternalDatabaseError(words, { sqlState: code }),
  other: (code, words) => new StatementRefused(words, { sqlState: code }),
};

/** PostgreSQL's code for a statement that was cancelled: by a limit that was set for it, too. */
const cancelled = '57014';

/** What an error of a statement means that had a limit: the author can do something about what takes too long. */
export function refusedAsSlow(error: unknown, withinMs: number): unknown {
  if (!(error instanceof TransientDatabaseError) || error.sqlState !== cancelled) return error;
  const limit = `it takes longer than ${withinMs / 1000} seconds to evaluate once, before there is a row`;
  return new StatementRefused(limit, { sqlState: cancelled });
}

/**
 * What an error of a statement that evaluates an author's expressions over rows says of one of them: there any state that
 * a function can raise may be about the row. Undefined where it is about something else.
 */
export function rowRefusal(error: unknown, errors: Errors): RowRefused | undefined {
  if (error instanceof RowRefused) return error;
  if (!(error instanceof StatementRefused) || error.sqlState === undefined) return undefined;
  return errors.isAboutRow(error.sqlState) ? new RowRefused(error.sqlState) : undefined;
}

type Foreign = Error & { readonly $metadata: unknown };

/** Whether it came from AWS by a name whose text we cannot vouch for. */
const isForeign = (error: Error): error is Foreign =>
  '$metadata' in error && !saidByTheService.has(error.name);

const withoutText = ({ name, $metadata }: Foreign): Error =>
  Object.assign(new Error(`the Data API refused the call: ${name}`), { name, $metadata });
