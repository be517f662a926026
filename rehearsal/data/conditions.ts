import { identifier } from '../database/postgres-names.ts';
import { conjuncts } from './expression-pieces.ts';
import type { Column, TableDescription } from './table-description.ts';

/** What a constraint asks of a row. */
export interface Condition {
  /** The constraint's, or its domain's. */
  readonly name: string;
  readonly columns: readonly string[];
  /** As the catalog prints it. */
  readonly expression: string;
  /** Whether it is a domain's, which calls its only column VALUE. */
  readonly ofDomain: boolean;
  /** SQL over `candidate`. */
  readonly test: string;
}

/** The table's and its domains' checks that speak of candidates' columns alone. */
export function applicableChecks(
  { checks, partitioning }: TableDescription,
  columns: readonly Column[],
): readonly Condition[] {
  const made = new Set(columns.map((column) => column.name));
  const ofTable = [...checks, ...(partitioning.check === undefined ? [] : [partitioning.check])]
    .filter((check) => check.columns.length > 0 && check.columns.every((column) => made.has(column)))
    .map((check) => condition({ ...check, ofDomain: false }));
  return [...ofTable, ...columns.flatMap(domainChecks)];
}

/** What must hold, one by one: `a > 0 AND b > 0` are two. */
export const singleConditions = (checks: readonly Condition[]): readonly Condition[] =>
  checks.flatMap((check) => {
    const parts = conjuncts(check.expression);
    if (parts.length === 1) return [check];
    return parts.map((expression) => condition({ ...check, expression }));
  });

function domainChecks(column: Column): readonly Condition[] {
  const found: Condition[] = [];
  for (let { type } = column; type.kind === 'domain'; type = type.base)
    for (const expression of type.checks)
      found.push(condition({ name: type.sql, columns: [column.name], expression, ofDomain: true }));
  return found;
}

// The catalog prints a domain's check over the word VALUE, which a column alias can be.
const condition = (of: Omit<Condition, 'test'>): Condition => ({
  ...of,
  test: of.ofDomain
    ? `(SELECT (${of.expression}) IS NOT FALSE FROM (SELECT candidate.${identifier(of.columns[0] ?? '')}) v (value))`
    : `((${of.expression}) IS NOT FALSE)`,
});
