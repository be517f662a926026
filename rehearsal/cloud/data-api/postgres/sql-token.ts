/** What begins at one place of an SQL text, by PostgreSQL's own lexical rules (standard_conforming_strings on). */
export interface SqlToken {
  readonly kind:
    'word' | 'number' | 'string' | 'identifier' | 'dollar-quote' | 'positional' | 'comment' | 'symbol';
  /** Index after its last character. An unclosed quote or comment reaches to the end of the text. */
  readonly end: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const POSITIONAL = /\$\d+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** Two literals with a line break between them are one: the second half of E'…' still knows backslashes. */
const CONTINUATION = /[ \t\f\v]*[\r\n](?:\s|--[^\r\n]*[\r\n])*'/y;

/** Reads one token (white space comes as a symbol of one character). `at` must be where a token begins. */
export function tokenAt(sql: string, at: number): SqlToken {
  const first = sql.charAt(at);
  if (first === "'") return { kind: 'string', end: closingQuote(sql, at + 1, "'") };
  if (first === '"') return { kind: 'identifier', end: closingQuote(sql, at + 1, '"') };
  if (first === '-' && sql[at + 1] === '-') return { kind: 'comment', end: endOfLine(sql, at) };
  if (first === '/' && sql[at + 1] === '*') return { kind: 'comment', end: endOfBlockComment(sql, at) };
  if (first === '$') return dollarAt(sql, at);
  if (first === ':' && (sql[at + 1] === ':' || sql[at + 1] === '=')) return { kind: 'symbol', end: at + 2 };
  return wordAt(sql, at, first) ?? { kind: 'symbol', end: at + 1 };
}

function wordAt(sql: string, at: number, first: string): SqlToken | undefined {
  const wordEnd = matchEnd(WORD, sql, at);
  if (wordEnd !== undefined) {
    const escapes = (first === 'e' || first === 'E') && wordEnd === at + 1 && sql[wordEnd] === "'";
    if (escapes) return { kind: 'string', end: closingQuoteWithEscapes(sql, wordEnd + 1) };
    return { kind: 'word', end: wordEnd };
  }
  const numberEnd = matchEnd(NUMBER, sql, at);
  return numberEnd === undefined ? undefined : { kind: 'number', end: numberEnd };
}

function dollarAt(sql: string, at: number): SqlToken {
  const positionalEnd = matchEnd(POSITIONAL, sql, at);
  if (positionalEnd !== undefined) return { kind: 'positional', end: positionalEnd };
  const tagEnd = matchEnd(DOLLAR_TAG, sql, at);
  if (tagEnd === undefined) return { kind: 'symbol', end: at + 1 };
  const tag = sql.slice(at, tagEnd);
  const close = sql.indexOf(tag, tagEnd);
  return { kind: 'dollar-quote', end: close < 0 ? sql.length : close + tag.length };
}

function closingQuote(sql: string, from: number, quote: string): number {
  for (let at = from; ; at += 2) {
    at = sql.indexOf(quote, at);
    if (at < 0) return sql.length;
    if (sql[at + 1] !== quote) return at + 1;
  }
}

function closingQuoteWithEscapes(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === '\\' || (sql[at] === "'" && sql[at + 1] === "'")) at++;
    else if (sql[at] === "'") {
      const resumed = matchEnd(CONTINUATION, sql, at + 1);
      if (resumed === undefined) return at + 1;
      at = resumed - 1;
    }
  }
  return sql.length;
}

function endOfLine(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) if (sql[at] === '\n' || sql[at] === '\r') return at;
  return sql.length;
}

/** Block comments nest in PostgreSQL. */
function endOfBlockComment(sql: string, from: number): number {
  let depth = 1;
  for (let at = from + 2; at < sql.length; at++) {
    if (sql[at] === '/' && sql[at + 1] === '*') [depth, at] = [depth + 1, at + 1];
    else if (sql[at] === '*' && sql[at + 1] === '/') {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return sql.length;
}

function matchEnd(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
