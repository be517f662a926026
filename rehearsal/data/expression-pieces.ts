import { identifier } from '../database/postgres-names.ts';

/** What an expression is made of, as far as it helps to find a value that satisfies it. */
export interface Pieces {
  /** The constants that are printed as text, without their quotes. */
  readonly texts: readonly string[];
  /** Those that are numbers, however they are printed. */
  readonly numbers: readonly string[];
  /** Parts that read no column. */
  readonly constant: readonly string[];
  /** Parts that read other columns alone, as `base` has them. */
  readonly ofOthers: readonly string[];
  /** Parts that read the column, with a value in its place. */
  readonly ofValue: readonly ((value: string) => string)[];
}

interface Token {
  readonly kind: 'quoted' | 'text' | 'number' | 'word' | 'sign';
  readonly text: string;
  readonly at: number;
}

const pattern =
  /\s+|(?<quoted>"(?:[^"]|"")+")|(?<text>E?'(?:[^']|'')*')|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<sign>.)/gsuy;
const kinds = ['quoted', 'text', 'number', 'word', 'sign'] as const;

/** Never fails: what is not known is a sign. */
const tokensOf = (expression: string): readonly Token[] =>
  [...expression.matchAll(pattern)].flatMap((match) =>
    kinds.flatMap((kind) => {
      const text = match.groups?.[kind];
      return text === undefined ? [] : [{ kind, text, at: match.index }];
    }),
  );

interface Part {
  readonly from: number;
  /** Behind its last token. */
  readonly to: number;
}

const opening = new Set(['(', '[']);
const closing = new Set([')', ']']);
/** Words before a parenthesis that call nothing. */
const notCalled =
  /^(?:AND|OR|NOT|IN|ANY|ALL|SOME|IS|FROM|WHEN|THEN|ELSE|CASE|BETWEEN|LIKE|ILIKE|TO|AS|FOR)$/u;

/** Whatever stands in parentheses or brackets, with the name of what is called before it. */
function partsOf(tokens: readonly Token[]): readonly Part[] {
  const open: number[] = [];
  const parts: Part[] = [];
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'sign') continue;
    if (opening.has(text)) open.push(at);
    if (!closing.has(text)) continue;
    const from = open.pop();
    if (from !== undefined) parts.push({ from: calledFrom(tokens, from), to: at + 1 });
  }
  return parts;
}

/** Where the name begins that stands before a parenthesis, with its schema; the parenthesis itself where none does. */
function calledFrom(tokens: readonly Token[], parenthesis: number): number {
  const name = tokens[parenthesis - 1];
  const isCalled = name?.kind === 'quoted' || (name?.kind === 'word' && !notCalled.test(name.text));
  if (!isCalled) return parenthesis;
  return tokens[parenthesis - 2]?.text === '.' ? parenthesis - 3 : parenthesis - 1;
}

const distinct = (list: readonly string[]): readonly string[] => [...new Set(list)];

/** The parts of an expression. `own`: what it calls the column that a value is sought for; `others`: the columns beside. */
export function piecesOf(expression: string, own: string, others: readonly string[]): Pieces {
  const tokens = tokensOf(expression);
  const columnAt = (at: number): string | undefined => columnNamed(tokens, at, [own, ...others]);
  const written = ({ from, to }: Part, value: string): string => {
    let end = tokens[from]?.at ?? 0;
    return tokens
      .slice(from, to)
      .map(({ text, at }, place) => {
        const gap = expression.slice(end, at);
        end = at + text.length;
        const column = columnAt(from + place);
        if (column === undefined) return gap + text;
        return gap + (column === own ? `(${value})` : `base.${identifier(column)}`);
      })
      .join('');
  };
  const parts = partsOf(tokens).map((part) => {
    const columns = tokens.slice(part.from, part.to).map((_, place) => columnAt(part.from + place));
    return { part, reads: new Set(columns.filter((column) => column !== undefined)) };
  });
  const literals = tokens.filter(({ kind }) => kind === 'text').map(({ text }) => unquoted(text));
  const numbers = tokens.filter(({ kind }) => kind === 'number').map(({ text }) => text);
  return {
    texts: distinct(literals),
    numbers: distinct([...numbers, ...literals.filter((text) => /^-?\d+(?:\.\d+)?$/u.test(text))]),
    constant: distinct(parts.filter(({ reads }) => reads.size === 0).map(({ part }) => written(part, ''))),
    ofOthers: distinct(
      parts.filter(({ reads }) => reads.size > 0 && !reads.has(own)).map(({ part }) => written(part, '')),
    ),
    ofValue: parts
      .filter(({ reads }) => reads.has(own))
      .map(
        ({ part }) =>
          (value) =>
            written(part, value),
      ),
  };
}

function columnNamed(tokens: readonly Token[], at: number, columns: readonly string[]): string | undefined {
  const token = tokens[at];
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return undefined;
  // A cast's type and a field of a row follow a sign; what is called has a parenthesis behind it.
  if (/^[:.]$/u.test(tokens[at - 1]?.text ?? '') || tokens[at + 1]?.text === '(') return undefined;
  const name = token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;
  return columns.includes(name) ? name : undefined;
}

const unquoted = (literal: string): string => {
  const text = literal.replace(/^E/u, '').slice(1, -1).replaceAll("''", "'");
  return literal.startsWith('E') ? text.replaceAll('\\\\', '\\') : text;
};

/** What AND joins, at any depth of parentheses; the whole expression where it joins nothing. */
export function conjuncts(expression: string): readonly string[] {
  const tokens = tokensOf(expression);
  const last = tokens.at(-1);
  if (tokens[0]?.text === '(' && last?.text === ')' && closesAt(tokens) === tokens.length - 1)
    return conjuncts(expression.slice(tokens[0].at + 1, last.at));
  const ends = topLevelAnds(tokens);
  if (ends.length === 0) return [expression];
  const starts = [0, ...ends.map((at) => (tokens[at]?.at ?? 0) + 'AND'.length)];
  return starts.flatMap((from, n) => {
    const end = ends[n];
    return conjuncts(expression.slice(from, end === undefined ? undefined : tokens[end]?.at));
  });
}

/** Where the first parenthesis closes. */
function closesAt(tokens: readonly Token[]): number {
  let depth = 0;
  return tokens.findIndex(({ kind, text }) => {
    if (kind === 'sign') depth += opening.has(text) ? 1 : closing.has(text) ? -1 : 0;
    return depth === 0;
  });
}

function topLevelAnds(tokens: readonly Token[]): readonly number[] {
  let depth = 0;
  const found: number[] = [];
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind === 'sign') depth += opening.has(text) ? 1 : closing.has(text) ? -1 : 0;
    if (kind === 'word') depth += text === 'CASE' ? 1 : text === 'END' ? -1 : 0;
    if (depth === 0 && kind === 'word' && text === 'AND') found.push(at);
    if (depth === 0 && kind === 'word' && text === 'OR') return [];
  }
  return found;
}
