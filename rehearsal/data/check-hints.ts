import { parseCheck, type Expression } from './check-expression.ts';

/**
 * What CHECK constraints say about one column, as far as it helps to make up a value. A hint may be incomplete or
 * even wrong without harm: every candidate row is held against the constraints themselves before it is inserted.
 */
export interface Hint {
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The only values allowed, as text. */
  readonly values?: readonly string[];
  /** A LIKE pattern. */
  readonly like?: string;
  /** A regular expression. */
  readonly matches?: string;
  /** The catalog's name of a type that a text is read as elsewhere. */
  readonly castTo?: string;
  /** Of a moment, as text. */
  readonly earliest?: string;
  readonly latest?: string;
  /** What partitions take. */
  readonly stretches?: readonly Stretch[];
}

/** Of a range: from its first value to the one behind its last, as text; null where it is open. */
export interface Stretch {
  readonly from: string | null;
  readonly to: string | null;
}

export type Hints = ReadonlyMap<string, Hint>;

/** The hints of several constraints together; `VALUE` is the column's name in a domain's. */
export function hintsFrom(expressions: readonly string[]): Hints {
  const hints = new Map<string, Hint>();
  for (const text of expressions) {
    const expression = parseCheck(text);
    if (expression !== undefined) for (const [column, hint] of read(expression)) add(hints, column, hint);
  }
  return hints;
}

/** Both, column by column. */
export function joinHints(one: Hints, other: Hints): Hints {
  const hints = new Map(one);
  for (const [column, hint] of other) add(hints, column, hint);
  return hints;
}

export function mergeHints(one: Hint, other: Hint): Hint {
  const both = { ...one, ...other };
  return {
    ...both,
    ...tightest(one, other, 'min', Math.max),
    ...tightest(one, other, 'max', Math.min),
    ...tightest(one, other, 'minLength', Math.max),
    ...tightest(one, other, 'maxLength', Math.min),
  };
}

type Bound = 'min' | 'max' | 'minLength' | 'maxLength';

function tightest(one: Hint, other: Hint, bound: Bound, pick: (a: number, b: number) => number): Hint {
  const a = one[bound];
  const b = other[bound];
  if (a === undefined || b === undefined) return {};
  return { [bound]: pick(a, b) };
}

function add(hints: Map<string, Hint>, column: string, hint: Hint): void {
  hints.set(column, mergeHints(hints.get(column) ?? {}, hint));
}

type Readings = readonly (readonly [string, Hint])[];

function read(expression: Expression): Readings {
  if (expression.kind === 'and') return expression.parts.flatMap(read);
  if (expression.kind === 'or') return readAlternatives(expression.parts);
  if (expression.kind === 'operator')
    return readComparison(expression.operator, expression.left, expression.right);
  return [];
}

/** `x = 'a' OR x = 'b'` is a list; of other alternatives the first that says something is as good as any. */
function readAlternatives(parts: readonly Expression[]): Readings {
  const readings = parts.map(read).filter((reading) => reading.length > 0);
  const singles = readings.map((reading) => reading[0]);
  const column = singles[0]?.[0];
  const lists = singles.map((single) => (single?.[0] === column ? single?.[1].values : undefined));
  const known = lists.filter((list) => list !== undefined);
  if (column !== undefined && known.length === lists.length) return [[column, { values: known.flat() }]];
  return readings[0] ?? [];
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };
/** What one of them gives is what it was given, for some values. */
const cases: Readonly<Record<string, (text: string) => string>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
};
const lengths = new Set(['length', 'char_length', 'character_length', 'octet_length']);

function readComparison(operator: string, left: Expression, right: Expression): Readings {
  if (left.kind === 'literal' && right.kind !== 'literal') {
    const other = mirrored[operator];
    return other === undefined ? [] : readComparison(other, right, left);
  }
  if (left.kind === 'column') {
    const hint =
      operator === 'in' && right.kind === 'array' ? listed(right.items) : compared(operator, right);
    return hint === undefined ? [] : [[left.name, hint]];
  }
  const ofCase = left.kind === 'call' ? cases[left.name] : undefined;
  if (left.kind === 'call' && ofCase !== undefined) {
    const named = columnIn(left);
    const values = readValues(operator, right)?.filter((value) => ofCase(value) === value) ?? [];
    return named === undefined || values.length === 0 ? [] : [[named, { values }]];
  }
  const inner = left.kind === 'call' ? left.arguments[0] : undefined;
  if (left.kind !== 'call' || right.kind !== 'literal' || !right.numeric || !lengths.has(left.name))
    return [];
  const column = columnIn(inner);
  const bound = bounds(operator, Number(right.text), 1);
  if (column === undefined || bound === undefined) return [];
  return [
    [
      column,
      {
        ...(bound.min === undefined ? {} : { minLength: bound.min }),
        ...(bound.max === undefined ? {} : { maxLength: bound.max }),
      },
    ],
  ];
}

function readValues(operator: string, right: Expression): readonly string[] | undefined {
  const hint = operator === 'in' && right.kind === 'array' ? listed(right.items) : compared(operator, right);
  return hint?.values;
}

/** The column in `length(btrim(name))`. */
function columnIn(expression: Expression | undefined): string | undefined {
  if (expression?.kind === 'column') return expression.name;
  return expression?.kind === 'call' ? columnIn(expression.arguments[0]) : undefined;
}

function listed(items: readonly Expression[]): Hint | undefined {
  const values = items.flatMap((item) => (item.kind === 'literal' ? [item.text] : []));
  return values.length === items.length ? { values } : undefined;
}

function compared(operator: string, right: Expression): Hint | undefined {
  if (right.kind !== 'literal') return undefined;
  if (operator === '~~') return { like: right.text };
  if (operator === '~' || operator === '~*') return { matches: right.text };
  if (operator === '=' && !right.numeric) return { values: [right.text] };
  // numeric bounds are printed as numbers, or as '0.5'::numeric where they hold a point.
  const bound = right.text.trim() === '' ? Number.NaN : Number(right.text);
  return Number.isFinite(bound) ? bounds(operator, bound, 0) : moments(operator, right.text);
}

/** Every candidate is held against the check itself: a strict bound may be hit. */
function moments(operator: string, moment: string): Hint | undefined {
  if (/infinity/iu.test(moment)) return undefined;
  if (operator === '>' || operator === '>=') return { earliest: moment };
  if (operator === '<' || operator === '<=') return { latest: moment };
  return undefined;
}

/** `step` is what lies between a strict bound and the nearest value allowed; 0 where values are not whole numbers. */
function bounds(operator: string, bound: number, step: number): { min?: number; max?: number } | undefined {
  if (operator === '>') return { min: bound + step };
  if (operator === '>=') return { min: bound };
  if (operator === '<') return { max: bound - step };
  if (operator === '<=') return { max: bound };
  if (operator === '=') return { min: bound, max: bound };
  return undefined;
}
