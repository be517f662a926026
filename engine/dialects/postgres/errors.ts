import { userDefined, type ErrorMeaning, type Errors } from '../errors.ts';
import { hiddenRowsState } from './every-row-seen.ts';
import { publishedStates } from './published-states.ts';
import { isAboutRow } from './row-errors.ts';

/** SQLSTATE of a statement from an older epoch. */
export const fencedState = 'UP001';
/** SQLSTATE of a step forward of a migration that a person has aborted. */
export const abortedState = 'UP002';
/** SQLSTATE of a step that finds a table otherwise than the plan knows it. */
export const lateState = 'UP005';
/** SQLSTATE of a step that the plan does in the catalog alone, and PostgreSQL would not any more. */
export const costlyState = 'UP006';

const ours = new Set([fencedState, abortedState, lateState, costlyState, hiddenRowsState]);

const states: Readonly<Record<string, ErrorMeaning>> = {
  '55P03': 'locked',
  // A writer that has become a reader: a failover is not over yet.
  '25006': 'transient',
  // A wrong password: the secret rotates.
  '28P01': 'transient',
  [fencedState]: 'fenced',
  [abortedState]: 'aborted',
  [hiddenRowsState]: 'other',
  [lateState]: 'other',
  [costlyState]: 'other',
  // What PostgreSQL raises where two sessions alter one catalog row at once, or an object is gone that it has just seen.
  XX000: 'internal error',
  // Raised by a function.
  P0001: 'row refused',
};

const classes: Readonly<Record<string, ErrorMeaning>> = {
  // Connection, rollback (deadlock, serialization), resources, operator intervention and cancelled statements.
  '08': 'transient',
  '40': 'transient',
  '53': 'transient',
  '57': 'transient',
  '22': 'row refused',
  '23': 'row refused',
  '42': 'wrong SQL',
};

// The standard keeps 0-4 and A-H for itself; of the rest, these are PostgreSQL's. Others only a function can raise.
const freeClass = /^[5-9I-Z]/u;
const takenClasses = new Set(['53', '54', '55', '57', '58', '72', 'P0', 'XX']);

// The conditions that our own statements meet, as PostgreSQL's appendix A calls them; any other has its code alone.
const conditions: Readonly<Record<string, string>> = {
  '0A000': 'feature not supported',
  '25001': 'active SQL transaction',
  '25P02': 'in failed SQL transaction',
  '2BP01': 'dependent objects still exist',
  '3D000': 'invalid catalog name',
  '3F000': 'invalid schema name',
  '42501': 'insufficient privilege',
  '42601': 'syntax error',
  '42701': 'duplicate column',
  '42703': 'undefined column',
  '42704': 'undefined object',
  '42710': 'duplicate object',
  '42804': 'datatype mismatch',
  '42846': 'cannot coerce',
  '42883': 'undefined function',
  '42P01': 'undefined table',
  '42P07': 'duplicate table',
  '42P16': 'invalid table definition',
  '42P17': 'invalid object definition',
  '54000': 'program limit exceeded',
  '54001': 'statement too complex',
  '55000': 'object not in prerequisite state',
  '55006': 'object in use',
  '58030': 'I/O error',
  [lateState]:
    'the table has changed since the plan, its columns, rights or owner: start again, and it is planned anew',
  [costlyState]:
    'it would write or read every row under the lock by now, or give every row a value: a rule or a default of a domain, a function, an index, a check or a foreign key has come since the plan. Take that back, or start again, and it is planned anew',
  [hiddenRowsState]:
    'row level security hides rows of the table from the role of the migration: end it, or give the role BYPASSRLS or the role that owns the table',
  XX000: 'internal error',
  XX001: 'data corrupted',
  XX002: 'index corrupted',
};

export const errors: Errors = {
  read: (message) => {
    const code = /SQLState: (\w{5})\s*$/u.exec(message)?.[1];
    return code === undefined ? undefined : { code, sentence: sentenceOf(message) };
  },
  meaning: (state) => {
    const group = state.slice(0, 2);
    const known = states[state] ?? classes[group];
    if (known !== undefined) return known;
    return freeClass.test(state) && !takenClasses.has(group) ? 'row refused' : 'other';
  },
  isAboutRow,
  isOfCatalog: (state) => state === '2BP01' || state === lateState,
  shown: (state) => (publishedStates.has(state) || ours.has(state) ? state : userDefined),
  words: (state) => {
    const condition = conditions[state];
    return condition === undefined ? `SQLSTATE ${state}` : `SQLSTATE ${state} (${condition})`;
  },
};

/** PostgreSQL's own sentence, without its detail, hint, context and position. */
const sentenceOf = (message: string): string =>
  message.replace(/(?:\n|; (?:Position|SQLState): ).*$/su, '').replace(/^[A-Z]+: /u, '');
