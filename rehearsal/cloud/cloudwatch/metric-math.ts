import { invalidValue } from './cloudwatch-error.ts';

/** Looks up the datapoint of another query by its id; undefined where it has none. */
export type Lookup = (id: string) => number | undefined;

/** One datapoint of an expression, from those of the same period. */
export type Formula = {
  readonly ids: readonly string[];
  evaluate(lookup: Lookup): number | undefined;
};

type Part = (lookup: Lookup) => number | undefined;

const token = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|([-+*/(),]))/y;

/**
 * The simple part of metric math: numbers, ids, + - * /, parentheses and `FILL(id, number)`.
 *
 * @throws CloudWatchError for every other function, so that no alarm silently means something else
 */
export function parseFormula(text: string): Formula {
  const parser = new FormulaParser(text);
  const part = parser.sum();
  parser.expect('');
  return {
    ids: parser.ids,
    evaluate: (lookup) => {
      const value = part(lookup);
      // A division by zero is no datapoint.
      return value !== undefined && Number.isFinite(value) ? value : undefined;
    },
  };
}

class FormulaParser {
  readonly ids: string[] = [];
  private readonly tokens: string[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    token.lastIndex = 0;
    let end = 0;
    for (let found = token.exec(text); found !== null; found = token.exec(text)) {
      this.tokens.push(found[0].trim());
      end = token.lastIndex;
    }
    if (text.slice(end).trim() !== '') throw this.unknown(text.slice(end).trim());
  }

  sum(): Part {
    let left = this.product();
    for (let sign = this.takeOf('+', '-'); sign !== undefined; sign = this.takeOf('+', '-'))
      left =
        sign === '+'
          ? join(left, this.product(), (a, b) => a + b)
          : join(left, this.product(), (a, b) => a - b);
    return left;
  }

  expect(wanted: string): void {
    const found = this.tokens.shift() ?? '';
    if (found !== wanted) throw this.unknown(found);
  }

  private product(): Part {
    let left = this.factor();
    for (let sign = this.takeOf('*', '/'); sign !== undefined; sign = this.takeOf('*', '/'))
      left =
        sign === '*'
          ? join(left, this.factor(), (a, b) => a * b)
          : join(left, this.factor(), (a, b) => a / b);
    return left;
  }

  private factor(): Part {
    const found = this.tokens.shift() ?? '';
    if (found === '-')
      return join(
        () => 0,
        this.factor(),
        (a, b) => a - b,
      );
    if (found === '(') {
      const inner = this.sum();
      this.expect(')');
      return inner;
    }
    if (/^\d/.test(found)) return () => Number(found);
    if (found === 'FILL') return this.fill();
    if (!/^[a-z]/.test(found)) throw this.unknown(found);
    return this.id(found);
  }

  private fill(): Part {
    this.expect('(');
    const metric = this.id(this.tokens.shift() ?? '');
    this.expect(',');
    const otherwise = Number(this.tokens.shift());
    this.expect(')');
    if (Number.isNaN(otherwise)) throw this.unknown('FILL without a number');
    return (lookup) => metric(lookup) ?? otherwise;
  }

  private id(name: string): Part {
    this.ids.push(name);
    return (lookup) => lookup(name);
  }

  private takeOf(...wanted: readonly string[]): string | undefined {
    return wanted.includes(this.tokens[0] ?? '') ? this.tokens.shift() : undefined;
  }

  private unknown(found: string): Error {
    return invalidValue(
      `Expression "${this.text}": the rehearsal's metric math knows + - * / ( ) numbers, ids and FILL, not ${found || 'the end'}`,
    );
  }
}

function join(left: Part, right: Part, compute: (a: number, b: number) => number): Part {
  return (lookup) => {
    const [a, b] = [left(lookup), right(lookup)];
    return a === undefined || b === undefined ? undefined : compute(a, b);
  };
}
