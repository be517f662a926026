import { checkParameterName } from '../parameters-in-order.ts';
import { tokenAt } from './sql-token.ts';

/** SQL as MySQL prepares it: `names[i]` stands at the i-th `?`. A name used twice stands twice. */
export interface PreparedSql {
  readonly text: string;
  readonly names: readonly string[];
  /** In upper case: `SELECT`, `CALL`. */
  readonly firstWord: string;
  /** Something stands behind a semicolon. */
  readonly several: boolean;
}

const NAME = /[\w$\u0080-\uffff]+/y;
const REMEMBERED_STATEMENTS = 500;
const remembered = new Map<string, PreparedSql>();

/** A backfill sends the same text thousands of times: it is scanned once. Throws ValidationException. */
export function preparedSql(sql: string): PreparedSql {
  const known = remembered.get(sql);
  if (known !== undefined) return known;
  const prepared = placeParameters(sql);
  if (remembered.size >= REMEMBERED_STATEMENTS) remembered.clear();
  remembered.set(sql, prepared);
  return prepared;
}

/** Turns `:name` into `?`, leaving literals, quoted identifiers, comments and `:=` alone. Throws ValidationException. */
export function placeParameters(sql: string): PreparedSql {
  const names: string[] = [];
  let text = '';
  let copied = 0;
  let firstWord = '';
  let ended = false;
  let several = false;
  for (let at = 0; at < sql.length;) {
    const { kind, end } = tokenAt(sql, at);
    const token = sql.slice(at, end);
    if (kind === 'word' && firstWord === '') firstWord = token.toUpperCase();
    if (kind !== 'comment' && token.trim() !== '') {
      several ||= ended && token !== ';';
      ended ||= token === ';';
    }
    const name = token === ':' ? nameAt(sql, end) : undefined;
    at = end;
    if (name === undefined) continue;
    checkParameterName(name);
    names.push(name);
    text += `${sql.slice(copied, end - 1)}?`;
    at += name.length;
    copied = at;
  }
  return { text: text + sql.slice(copied), names, firstWord, several };
}

function nameAt(sql: string, at: number): string | undefined {
  NAME.lastIndex = at;
  return NAME.exec(sql)?.[0];
}
