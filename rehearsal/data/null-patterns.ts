import { parseCheck, type Expression } from './check-expression.ts';
import type { Check } from './table-description.ts';

/** Columns of which a rule says only which may be NULL together: `(a IS NULL) <> (b IS NULL)`, `num_nonnulls(a, b, c) = 1`. */
export interface NullPatterns {
  readonly columns: readonly string[];
  /** Each way that the rule allows: whether the columns hold a value, in their order. */
  readonly patterns: readonly (readonly boolean[])[];
}

/** More would make a list of patterns that nobody can read, in every row's expression. */
const mostColumns = 8;

type Filled = (column: string) => boolean;

/** `allows`: whether a column may be NULL, and whether it can hold a value at all. */
export function nullPatterns(
  checks: readonly Pick<Check, 'columns' | 'expression'>[],
  allows: (column: string, filled: boolean) => boolean,
): readonly NullPatterns[] {
  const rules = checks.flatMap(({ columns, expression }) => {
    const parsed = columns.length > 1 ? parseCheck(expression) : undefined;
    const isOne = parsed !== undefined && valueOf(parsed, () => true) !== undefined;
    return isOne ? [{ columns, holds: (filled: Filled) => valueOf(parsed, filled) === true }] : [];
  });
  return connected(rules).flatMap((group) => {
    const columns = [...new Set(group.flatMap((rule) => rule.columns))];
    if (columns.length > mostColumns) return [];
    const patterns = waysOf(columns).filter(
      (ways) =>
        columns.every((column, at) => allows(column, ways[at] === true)) &&
        group.every(({ holds }) => holds((column) => ways[columns.indexOf(column)] === true)),
    );
    return patterns.length === 0 ? [] : [{ columns, patterns }];
  });
}

interface Rule {
  readonly columns: readonly string[];
  readonly holds: (filled: Filled) => boolean;
}

/** Rules that share a column must hold together. */
function connected(rules: readonly Rule[]): readonly (readonly Rule[])[] {
  return rules.reduce<readonly (readonly Rule[])[]>((groups, rule) => {
    const touches = (group: readonly Rule[]): boolean =>
      group.some(({ columns }) => columns.some((column) => rule.columns.includes(column)));
    return [
      ...groups.filter((group) => !touches(group)),
      [...groups.filter((group) => touches(group)).flat(), rule],
    ];
  }, []);
}

/** Every way in which columns hold a value or none. */
const waysOf = (columns: readonly string[]): readonly (readonly boolean[])[] =>
  Array.from({ length: 2 ** columns.length }, (_, way) =>
    columns.map((_column, at) => Math.floor(way / 2 ** at) % 2 === 1),
  );

/** What it gives, as far as that depends on nothing but which columns are NULL; else undefined. */
function valueOf(expression: Expression, filled: Filled): Known | undefined {
  const of = (part: Expression): Known | undefined => valueOf(part, filled);
  if (expression.kind === 'literal') return expression.numeric ? Number(expression.text) : undefined;
  if (expression.kind === 'not') return negated(of(expression.part));
  if (expression.kind === 'and' || expression.kind === 'or')
    return joined(expression.kind, expression.parts.map(of));
  if (expression.kind === 'call') return counted(expression, filled);
  if (expression.kind === 'operator')
    return computed(expression.operator, of(expression.left), of(expression.right));
  if (expression.kind !== 'is null' || expression.part.kind !== 'column') return undefined;
  return filled(expression.part.name) === expression.negated;
}

const negated = (part: Known | undefined): boolean | undefined =>
  typeof part === 'boolean' ? !part : undefined;

function joined(by: 'and' | 'or', parts: readonly (Known | undefined)[]): boolean | undefined {
  if (!parts.every((part) => typeof part === 'boolean')) return undefined;
  return by === 'and' ? parts.every(Boolean) : parts.some(Boolean);
}

function counted(
  { name, arguments: list }: Extract<Expression, { readonly kind: 'call' }>,
  filled: Filled,
): number | undefined {
  const columns = list.flatMap((part) => (part.kind === 'column' ? [part.name] : []));
  if (columns.length < list.length) return undefined;
  if (name === 'num_nonnulls') return columns.filter(filled).length;
  return name === 'num_nulls' ? columns.filter((column) => !filled(column)).length : undefined;
}

type Known = boolean | number;
const operators: Readonly<Record<string, (a: number, b: number) => Known>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '+': (a, b) => a + b,
};

/** A truth value counts as 0 or 1, as its cast does. */
function computed(operator: string, left: Known | undefined, right: Known | undefined): Known | undefined {
  if (left === undefined || right === undefined) return undefined;
  return operators[operator]?.(Number(left), Number(right));
}
