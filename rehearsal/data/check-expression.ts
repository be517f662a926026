/**
 * The part of SQL's expressions that CHECK constraints are commonly made of, read from the catalog's own printing
 * (pg_get_expr). Casts are dropped: they never change what a bound means here.
 */
export type Expression =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'literal'; readonly text: string; readonly numeric: boolean }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'operator';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }
  | { readonly kind: 'is null'; readonly part: Expression; readonly negated: boolean };

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign' | 'cast';
  readonly text: string;
}

const tokenPattern =
  /\s+|(?<quoted>"(?:[^"]|"")+")|(?<string>E?'(?:[^']|'')*')|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_]\w*)|(?<cast>::)|(?<sign>[()[\],.]|[-+*/<>=~!@#%^&|]+)/gy;

function tokens(text: string): Token[] | undefined {
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(tokenPattern)) {
    end = match.index + match[0].length;
    const groups = match.groups ?? {};
    for (const kind of ['quoted', 'string', 'number', 'word', 'cast', 'sign'] as const) {
      const value = groups[kind];
      if (value !== undefined) found.push({ kind, text: value });
    }
  }
  return end === text.length ? found : undefined;
}

/** The one call that is printed with words in its parentheses. */
const trimmed = /\bTRIM\((?:BOTH|LEADING|TRAILING) FROM /gu;

/** `undefined` when the expression holds something outside this grammar. */
export function parseCheck(text: string): Expression | undefined {
  const found = tokens(text.replaceAll(trimmed, 'btrim('));
  if (found === undefined) return undefined;
  const reader = new Reader(found);
  const expression = reader.either();
  return reader.finished() ? expression : undefined;
}

/** Recursive descent; every method gives `undefined` at what it does not know, and then the whole is given up. */
class Reader {
  #at = 0;
  readonly #tokens: readonly Token[];

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  finished(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Expression | undefined {
    return this.#joined('or', () => this.#joined('and', () => this.#negated()));
  }

  #joined(kind: 'and' | 'or', next: () => Expression | undefined): Expression | undefined {
    const parts = [next()];
    while (this.#took('word', kind.toUpperCase())) parts.push(next());
    const known = parts.filter((part) => part !== undefined);
    if (known.length < parts.length) return undefined;
    return known.length === 1 ? known[0] : { kind, parts: known };
  }

  #negated(): Expression | undefined {
    if (!this.#took('word', 'NOT')) return this.#comparison();
    const part = this.#negated();
    return part && { kind: 'not', part };
  }

  #comparison(): Expression | undefined {
    const left = this.#value();
    if (left === undefined) return undefined;
    if (this.#took('word', 'IS')) {
      const negated = this.#took('word', 'NOT');
      return this.#took('word', 'NULL') ? { kind: 'is null', part: left, negated } : undefined;
    }
    const sign = this.#peek();
    if (sign?.kind !== 'sign' || /^[()[\],.]$/u.test(sign.text)) return left;
    this.#at += 1;
    const isOfAny = this.#took('word', 'ANY');
    const right = isOfAny ? this.#parenthesised() : this.#value();
    if (right === undefined) return undefined;
    // Of an array that is no list, a value says nothing by itself.
    const ofAny = right.kind === 'array' && sign.text === '=' ? 'in' : `${sign.text} ANY`;
    const operator = isOfAny ? ofAny : sign.text;
    return { kind: 'operator', operator, left, right };
  }

  /** A primary with the casts behind it. */
  #value(): Expression | undefined {
    const value = this.#primary();
    while (this.#took('cast')) if (!this.#skipType()) return undefined;
    return value;
  }

  #primary(): Expression | undefined {
    const token = this.#peek();
    if (token === undefined) return undefined;
    if (token.kind === 'sign' && token.text === '(') return this.#parenthesised();
    this.#at += 1;
    if (token.kind === 'number') return { kind: 'literal', text: token.text, numeric: true };
    if (token.kind === 'sign' && token.text === '-' && this.#peek()?.kind === 'number') {
      const digits = this.#tokens[this.#at++]?.text ?? '';
      return { kind: 'literal', text: `-${digits}`, numeric: true };
    }
    if (token.kind === 'string') return stringLiteral(token.text);
    if (token.kind === 'quoted')
      return { kind: 'column', name: token.text.slice(1, -1).replaceAll('""', '"') };
    if (token.kind !== 'word') return undefined;
    if (token.text === 'ARRAY' && this.#took('sign', '[')) {
      const items = this.#list(']');
      return items && { kind: 'array', items };
    }
    if (this.#took('sign', '(')) {
      const list = this.#list(')');
      return list && { kind: 'call', name: token.text.toLowerCase(), arguments: list };
    }
    return { kind: 'column', name: token.text };
  }

  #parenthesised(): Expression | undefined {
    if (!this.#took('sign', '(')) return undefined;
    const inner = this.either();
    return this.#took('sign', ')') ? inner : undefined;
  }

  #list(close: string): Expression[] | undefined {
    const items: Expression[] = [];
    if (this.#took('sign', close)) return items;
    do {
      const item = this.either();
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.#took('sign', ','));
    return this.#took('sign', close) ? items : undefined;
  }

  /** `character varying(20)[]`, `timestamp with time zone`, `public.mood`. */
  #skipType(): boolean {
    if (!this.#took('word') && !this.#took('quoted')) return false;
    for (;;) {
      const word = this.#peek();
      const partOfType =
        word?.kind === 'word' && /^(?:varying|precision|with|without|time|zone)$/u.test(word.text);
      if (partOfType) this.#at += 1;
      else if (this.#took('sign', '.')) this.#at += 1;
      else if (this.#took('sign', '[')) this.#took('sign', ']');
      else if (word?.text === '(') {
        this.#at += 1;
        if (this.#list(')') === undefined) return false;
      } else return true;
    }
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #took(kind: Token['kind'], text?: string): boolean {
    const token = this.#peek();
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return false;
    this.#at += 1;
    return true;
  }
}

function stringLiteral(quoted: string): Expression {
  const body = quoted.replace(/^E/u, '').slice(1, -1).replaceAll("''", "'");
  const text = quoted.startsWith('E') ? body.replaceAll('\\\\', '\\') : body;
  return { kind: 'literal', text, numeric: false };
}
