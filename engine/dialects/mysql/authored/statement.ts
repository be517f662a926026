import type { TableName } from '../../../spec/table-name.ts';

export interface Token {
  readonly kind: 'text' | 'number' | 'quoted' | 'name' | 'sign';
  /** A word in small letters, a quoted name as it is; a sign or a literal as it is written. */
  readonly word: string;
  /** Where it begins in the text. */
  readonly at: number;
}

/** An author's statement, in words. Nobody has a parser for MySQL's DDL: what is not known here is refused. */
export interface Statement {
  readonly text: string;
  readonly tokens: readonly Token[];
}

const token =
  /(?<space>\s+)|(?<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)|(?<quoted>`(?:[^`]|``)+`)|(?<name>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)|(?<sign>[-+*/%=<>!|&^~().,[\]{}])/gsuy;

// What begins a comment, of which MySQL runs some.
const comment = /^(?:--|\/\*|\*\/)$/u;

/** Undefined where it has a comment, a variable, a parameter, a semicolon or quotes that do not end. */
export function readStatement(text: string): Statement | undefined {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const [kind, found = ''] = Object.entries(groups).find(([, each]) => each !== undefined) ?? ['space'];
    const before = tokens.at(-1);
    if (kind === 'space') continue;
    if (kind === 'sign' && before?.at === at - 1 && comment.test(before.word + found)) return undefined;
    if (isKind(kind)) tokens.push({ kind, word: wordOf(kind, found), at });
  }
  return tokens.length === 0 ? undefined : { text, tokens };
}

const isKind = (kind: string): kind is Token['kind'] =>
  ['text', 'number', 'quoted', 'name', 'sign'].includes(kind);

function wordOf(kind: Token['kind'], found: string): string {
  if (kind === 'name') return found.toLowerCase();
  return kind === 'quoted' ? found.slice(1, -1).replaceAll('``', '`') : found;
}

export const isName = (each: Token | undefined): each is Token =>
  each?.kind === 'name' || each?.kind === 'quoted';

/** A keyword, which is never quoted. */
export const isWord = (each: Token | undefined, ...words: readonly string[]): boolean =>
  each?.kind === 'name' && words.includes(each.word);

export const isSign = (each: Token | undefined, sign: string): boolean =>
  each?.kind === 'sign' && each.word === sign;

/** The name as it was written: small letters of a word are for comparing. */
export const nameAt = ({ text, tokens }: Statement, at: number): string => {
  const its = tokens[at];
  if (its?.kind !== 'name') return its?.word ?? '';
  return text.slice(its.at, its.at + its.word.length);
};

/** `shop.orders` there: the table, and the place behind it. */
export function qualifiedAt(
  statement: Statement,
  at: number,
): { readonly table: TableName; readonly next: number } | undefined {
  const { tokens } = statement;
  if (!isName(tokens[at]) || !isSign(tokens[at + 1], '.') || !isName(tokens[at + 2])) return undefined;
  return {
    table: { schema: nameAt(statement, at), name: nameAt(statement, at + 2) },
    next: at + 3,
  };
}

/** The statement from a place on, as it was written. */
export const textFrom = ({ text, tokens }: Statement, at: number): string => {
  const from = tokens[at];
  return from === undefined ? '' : text.slice(from.at).trim();
};

/** One line for the whole: words in small letters, `` `q` `` for a quoted name, `'t'` for a text, `0` for a number. */
export const outlineOf = (tokens: readonly Token[]): string =>
  tokens
    .map(({ kind, word }) =>
      kind === 'quoted' ? '`q`' : kind === 'text' ? "'t'" : kind === 'number' ? '0' : word,
    )
    .join(' ');

/** Depth of parentheses at each token; an opening one counts as inside. */
export function depthsOf(tokens: readonly Token[]): readonly number[] {
  let depth = 0;
  return tokens.map((each) => {
    if (isSign(each, '(')) return (depth += 1);
    if (!isSign(each, ')')) return depth;
    depth -= 1;
    return depth + 1;
  });
}
