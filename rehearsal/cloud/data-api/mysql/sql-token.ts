/** What begins at one place of an SQL text, by MySQL's lexical rules (neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES). */
export interface SqlToken {
  readonly kind: 'word' | 'number' | 'string' | 'identifier' | 'comment' | 'symbol';
  /** Index after its last character. An unclosed quote or comment reaches to the end of the text. */
  readonly end: number;
}

const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
/** Two dashes begin a comment only where a space or a control character, or nothing, follows. */
const DASHES = /--(?=[\s\p{Cc}]|$)/uy;

/** Reads one token (white space comes as a symbol of one character). `at` must be where a token begins. */
export function tokenAt(sql: string, at: number): SqlToken {
  const first = sql.charAt(at);
  if (first === "'" || first === '"') return { kind: 'string', end: endOfText(sql, at + 1, first) };
  if (first === '`') return { kind: 'identifier', end: endOfName(sql, at + 1) };
  if (first === '#' || matchEnd(DASHES, sql, at) !== undefined)
    return { kind: 'comment', end: endOfLine(sql, at) };
  if (first === '/' && sql[at + 1] === '*') return { kind: 'comment', end: endOfBlock(sql, at + 2) };
  if (first === ':' && sql[at + 1] === '=') return { kind: 'symbol', end: at + 2 };
  const wordEnd = matchEnd(WORD, sql, at);
  if (wordEnd !== undefined) return { kind: 'word', end: wordEnd };
  const numberEnd = matchEnd(NUMBER, sql, at);
  return numberEnd === undefined ? { kind: 'symbol', end: at + 1 } : { kind: 'number', end: numberEnd };
}

function endOfText(sql: string, from: number, quote: string): number {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return sql.length;
}

function endOfName(sql: string, from: number): number {
  for (let at = sql.indexOf('`', from); at >= 0; at = sql.indexOf('`', at + 2))
    if (sql[at + 1] !== '`') return at + 1;
  return sql.length;
}

function endOfLine(sql: string, from: number): number {
  const end = sql.indexOf('\n', from);
  return end < 0 ? sql.length : end;
}

/** They do not nest in MySQL. */
function endOfBlock(sql: string, from: number): number {
  const end = sql.indexOf('*/', from);
  return end < 0 ? sql.length : end + 2;
}

function matchEnd(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
