import { userDefined, type ErrorMeaning, type Errors } from '../errors.ts';
import { isPublished } from './published-errors.ts';

/** SQLSTATE of a statement from an older epoch. */
export const fencedState = 'UP001';
/** SQLSTATE of a step forward of a migration that a person has aborted. */
export const abortedState = 'UP002';
/** SQLSTATE of a step that finds a table otherwise than the plan knows it. */
export const lateState = 'UP005';
/** The error number of a lock that was not granted in time; our procedures raise it for locks of their own. */
export const lockWaitTimeout = 1205;

const ours = new Set([fencedState, abortedState, lateState]);

// Error numbers, for MySQL gives most of what is wrong the SQLSTATE HY000.
const numbers: Readonly<Record<string, ErrorMeaning>> = {
  [lockWaitTimeout]: 'locked',
  // A lock that was asked for with NOWAIT.
  3572: 'locked',
  // Too many connections, of the server, the account or the user.
  1040: 'transient',
  1203: 'transient',
  1226: 'transient',
  // A wrong password: the secret rotates.
  1045: 'transient',
  // Shutting down, killed, cancelled, out of time.
  1053: 'transient',
  1077: 'transient',
  1317: 'transient',
  1927: 'transient',
  3024: 'transient',
  // A writer that has become a reader: a failover is not over yet.
  1290: 'transient',
  1792: 'transient',
  1836: 'transient',
  3100: 'transient',
  // No memory or no room on disk.
  1021: 'transient',
  1037: 'transient',
  1038: 'transient',
  1041: 'transient',
  1114: 'transient',
  // A deadlock between DDL and others.
  1213: 'transient',
  // Values: no value, a value that does not fit, a check, JSON that is none.
  1048: 'row refused',
  1138: 'row refused',
  1265: 'row refused',
  1364: 'row refused',
  1366: 'row refused',
  3140: 'row refused',
  3141: 'row refused',
  3819: 'row refused',
};

const classes: Readonly<Record<string, ErrorMeaning>> = {
  '08': 'transient',
  '40': 'transient',
  '22': 'row refused',
  '23': 'row refused',
  '42': 'wrong SQL',
  // Raised by a trigger or a function.
  '45': 'row refused',
};

// The conditions that our own statements meet, by the names of MySQL's manual; any other has its numbers alone.
const conditions: Readonly<Record<string, string>> = {
  1044: 'ER_DBACCESS_DENIED_ERROR',
  1054: 'ER_BAD_FIELD_ERROR',
  1060: 'ER_DUP_FIELDNAME',
  1061: 'ER_DUP_KEYNAME',
  1064: 'ER_PARSE_ERROR',
  1091: 'ER_CANT_DROP_FIELD_OR_KEY',
  1142: 'ER_TABLEACCESS_DENIED_ERROR',
  1146: 'ER_NO_SUCH_TABLE',
  1227: 'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  1295: 'ER_UNSUPPORTED_PS',
  1305: 'ER_SP_DOES_NOT_EXIST',
  1419: 'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER',
  1832: 'ER_FK_COLUMN_CANNOT_CHANGE',
  1845: 'ER_ALTER_OPERATION_NOT_SUPPORTED',
  1846: 'ER_ALTER_OPERATION_NOT_SUPPORTED_REASON',
  4092: 'ER_INNODB_MAX_ROW_VERSION',
};

// A code is `SQLSTATE/number`: 23000/1062.
const numberOf = (code: string): string => code.split('/')[1] ?? '';

export const errors: Errors = {
  read: (message) => {
    const said = /; Error code: (?<number>\d+); SQLState: (?<state>\w{5})\s*$/u.exec(message);
    const { number, state } = said?.groups ?? {};
    if (said === null || number === undefined || state === undefined) return undefined;
    return { code: `${state}/${number}`, sentence: message.slice(0, said.index) };
  },
  meaning: (code) => {
    if (code.startsWith(fencedState)) return 'fenced';
    if (code.startsWith(abortedState)) return 'aborted';
    if (code.startsWith(lateState)) return 'other';
    return numbers[numberOf(code)] ?? classes[code.slice(0, 2)] ?? 'other';
  },
  // Their numbers are about SQL, or about a row.
  isOfCatalog: () => false,
  isAboutRow: (code) => errors.meaning(code) === 'row refused',
  shown: (code) => {
    const [state = '', number] = code.split('/');
    return ours.has(state) || isPublished(state, Number(number)) ? code : userDefined;
  },
  words: (code) => {
    const condition = code.startsWith(lateState)
      ? 'the table has changed since the plan, its columns: start again, and it is planned anew'
      : conditions[numberOf(code)];
    return condition === undefined ? `SQLSTATE ${code}` : `SQLSTATE ${code} (${condition})`;
  },
};
