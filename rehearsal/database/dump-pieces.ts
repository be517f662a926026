import { tokenAt, type SqlToken } from '../cloud/data-api/postgres/sql-token.ts';

/** What psql would do next with a dump. Lines count from 1. */
export type DumpPiece =
  | {
      readonly kind: 'statement';
      readonly sql: string;
      readonly line: number;
      readonly data?: CopyData;
      /** The psql command that ends it in the place of a semicolon, such as `\gexec`. */
      readonly endedBy?: string;
    }
  /** A line that begins with a backslash. */
  | { readonly kind: 'psql-command'; readonly text: string; readonly line: number };

/** The lines between `COPY … FROM stdin;` and `\.`, without that mark. */
export interface CopyData {
  readonly text: string;
  readonly line: number;
}

/**
 * Takes a dump apart as psql does: a semicolon ends a statement, unless it stands in quotes, comments, parentheses
 * (CREATE RULE … DO (…;…)) or a BEGIN ATOMIC body. The last statement needs none.
 */
export function* dumpPieces(dump: string): Generator<DumpPiece> {
  const lines = new LineCounter(dump);
  for (let at = afterBlanks(dump, 0); at < dump.length; at = afterBlanks(dump, at)) {
    const line = lines.at(at);
    if (dump[at] === '\\') {
      const end = endOfLine(dump, at);
      yield { kind: 'psql-command', text: dump.slice(at, end).trimEnd(), line };
      at = end;
      continue;
    }
    const end = endOfStatement(dump, at);
    const sql = dump.slice(at, end);
    at = end;
    if (dump[at] === '\\' && !sql.endsWith(';')) {
      const endOfCommand = endOfLine(dump, at);
      yield { kind: 'statement', sql, line, endedBy: dump.slice(at, endOfCommand).trimEnd() };
      at = endOfCommand;
      continue;
    }
    if (!readsFromStdin(sql)) {
      yield { kind: 'statement', sql, line };
      continue;
    }
    const from = Math.min(endOfLine(dump, at) + 1, dump.length);
    const to = endOfCopyData(dump, from);
    yield { kind: 'statement', sql, line, data: { text: dump.slice(from, to), line: lines.at(from) } };
    at = endOfLine(dump, to);
  }
}

/** The first words of a statement, upper case, comments and punctuation left out. */
export function leadingWords(sql: string, count: number): readonly string[] {
  const words: string[] = [];
  for (const { kind, text } of significantTokens(sql, 0)) {
    if (kind !== 'word' || words.length === count) break;
    words.push(text.toUpperCase());
  }
  return words;
}

function readsFromStdin(sql: string): boolean {
  if (leadingWords(sql, 1)[0] !== 'COPY') return false;
  let previous = '';
  for (const { kind, text } of significantTokens(sql, 0)) {
    const word = kind === 'word' ? text.toUpperCase() : '';
    if (previous === 'FROM' && word === 'STDIN') return true;
    previous = word;
  }
  return false;
}

function endOfStatement(dump: string, from: number): number {
  const body = new AtomicBody();
  let depth = 0;
  for (const { kind, text, end } of significantTokens(dump, from)) {
    // No SQL has one outside of quotes.
    if (text === '\\') return end - 1;
    if (kind === 'word') body.see(text, depth);
    if (text === '(') depth++;
    else if (text === ')') depth = Math.max(depth - 1, 0);
    else if (text === ';' && depth === 0 && !body.open) return end;
  }
  return dump.length;
}

/** psql's own rule: inside CREATE FUNCTION or PROCEDURE, BEGIN and CASE open what END closes. */
class AtomicBody {
  readonly #first: string[] = [];
  #depth = 0;

  get open(): boolean {
    return this.#depth > 0;
  }

  see(text: string, parentheses: number): void {
    const word = text.toUpperCase();
    if (this.#first.length < 4) this.#first.push(word);
    if (parentheses > 0 || !/^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b/.test(this.#first.join(' ')))
      return;
    if (word === 'BEGIN' || (word === 'CASE' && this.open)) this.#depth++;
    else if (word === 'END' && this.open) this.#depth--;
  }
}

function* significantTokens(
  sql: string,
  from: number,
): Generator<{ readonly kind: SqlToken['kind']; readonly text: string; readonly end: number }> {
  for (let at = from; at < sql.length;) {
    const { kind, end } = tokenAt(sql, at);
    if (kind !== 'comment' && !isBlank(sql.charCodeAt(at))) yield { kind, text: sql.slice(at, end), end };
    at = end;
  }
}

/** Comments between statements belong to none: a line number should point at the statement. */
function afterBlanks(sql: string, from: number): number {
  for (let at = from; at < sql.length;) {
    if (isBlank(sql.charCodeAt(at)) || sql[at] === ';') at++;
    else {
      const token = tokenAt(sql, at);
      if (token.kind !== 'comment') return at;
      at = token.end;
    }
  }
  return sql.length;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xfeff;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where `\.` begins; a dump may also end without it. */
function endOfCopyData(dump: string, from: number): number {
  for (let at = from; at < dump.length; at = endOfLine(dump, at) + 1) {
    if (dump.startsWith('\\.', at) && /^\\\.\r?$/.test(dump.slice(at, endOfLine(dump, at)))) return at;
  }
  return dump.length;
}

class LineCounter {
  readonly #text: string;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Asked with places that only grow: each character is counted once. */
  at(place: number): number {
    for (;;) {
      const next = this.#text.indexOf('\n', this.#counted);
      if (next < 0 || next >= place) return this.#line;
      this.#line++;
      this.#counted = next + 1;
    }
  }
}
