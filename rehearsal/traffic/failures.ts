import { DatabaseError } from 'pg';
import { isMysqlError } from '../../cli/database/mysql-error.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';

/** Failed requests of one kind. */
export interface Failure {
  /** The SQLSTATE where it is one of the engine's, or Node's code (ECONNRESET …) where the database did not answer. */
  readonly code: string;
  readonly label: string;
  readonly count: number;
  /** The first message, without values. */
  readonly message: string;
}

/** Counts failed requests by code and label, and keeps the first message of each. */
export class Failures {
  readonly #seen = new Map<string, Failure>();

  add(error: unknown, label: string): void {
    const code = shownCode(error);
    const place = `${label}\n${code}`;
    const before = this.#seen.get(place);
    this.#seen.set(place, {
      code,
      label,
      count: (before?.count ?? 0) + 1,
      message: before?.message ?? messageOf(error),
    });
  }

  get all(): readonly Failure[] {
    return [...this.#seen.values()];
  }
}

export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'connection lost';
}

/** The same as people may read it: a function can raise a state that is made of a value. */
export function shownCode(error: unknown): string {
  if (isMysqlError(error)) return dialectOf('mysql').errors.shown(`${error.sqlState}/${error.errno}`);
  return error instanceof DatabaseError ? dialectOf('postgres').errors.shown(codeOf(error)) : codeOf(error);
}

/** Whether the statement may have been carried out although it failed: the answer was lost, not the statement. */
export function isOutcomeUnknown(error: unknown): boolean {
  // Of MySQL's errors: shutting down, killed.
  if (isMysqlError(error)) return [1053, 1317, 1927].includes(error.errno);
  return !(error instanceof DatabaseError) || /^(?:08|57P)/u.test(codeOf(error));
}

/** In these classes the server's own words name a constraint, a column or a setting, and no value. */
const namesAlone = /^(?:08|23|25|40|53|55|57)/u;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  // MySQL's sentences hold values: its name for the error has to do.
  if (isMysqlError(error)) return `SQLSTATE ${shownCode(error)}`;
  if (!(error instanceof DatabaseError)) return error.message;
  if (isRaised(error)) return 'raised by a function of the schema';
  // What has a place in the statement is about its text, in which no value stands; a value that is cast has none.
  const isOfText = codeOf(error).startsWith('42') && error.position !== undefined;
  const isWaiting = contextOf(error).every((line) => waitingContext.test(line));
  if (isWaiting && (isOfText || namesAlone.test(codeOf(error)))) return error.message;
  return error.message.replace(/\s*(?:["':]|\b0x).*$/su, '');
}

const contextOf = ({ where }: DatabaseError): readonly string[] =>
  (where ?? '').split('\n').filter((line) => line !== '');

/** Whether a function of the schema has, whose RAISE can put a value anywhere: into the words, a name, a code. */
export const isRaised = (error: DatabaseError): boolean =>
  codeOf(error).startsWith('P0') || !contextOf(error).every((line) => knownContext.test(line));

// Lines of an error's context: our triggers, and what no function stands behind.
const knownContext =
  /^(?:while |JSON data, |SQL (?:statement|expression) "|PL\/pgSQL (?:assignment "|function underpin\.))/u;
/** What waits for a row, and what a foreign key asks. */
const waitingContext = /^(?:while |SQL statement "SELECT 1 FROM ONLY )/u;
