import type { Fault } from '../../../spec/fault.ts';
import { everyTree, isTree, listOf, nodeOf, type Tree } from '../naming/tree.ts';

/** What an expression of the author's may not hold, wherever it stands in it. */
const nowhere: Readonly<Record<string, string>> = {
  InsertStmt: 'an INSERT',
  UpdateStmt: 'an UPDATE',
  DeleteStmt: 'a DELETE',
  MergeStmt: 'a MERGE',
  ParamRef: 'a parameter',
  SetToDefault: 'the word DEFAULT',
};

/** Fields of a query that make it do more than read. */
const writingClauses: Readonly<Record<string, string>> = {
  intoClause: 'SELECT INTO',
  lockingClause: 'a query that locks rows',
};

/** What keeps a parsed expression from being one value that is computed from its row; undefined if nothing does. */
export function expressionFault(value: Tree): Fault | undefined {
  const held =
    heldAnywhere(value) ?? (isStar(value) ? 'a whole row' : undefined) ?? heldOutsideQueries(value);
  if (held === undefined) return undefined;
  return {
    fact: `the expression holds ${held}`,
    remedy: 'Write an expression that computes one value from the row and does nothing else',
  };
}

function heldAnywhere(value: Tree): string | undefined {
  for (const tree of everyTree(value))
    for (const key of Object.keys(tree)) {
      if (isTree(tree[key]) && Object.hasOwn(nowhere, key)) return nowhere[key];
      if (Object.hasOwn(writingClauses, key)) return writingClauses[key];
    }
  return undefined;
}

const isStar = (value: Tree): boolean =>
  nodeOf(listOf(nodeOf(value, 'ColumnRef')?.['fields']).at(-1), 'A_Star') !== undefined ||
  nodeOf(listOf(nodeOf(value, 'A_Indirection')?.['indirection']).at(-1), 'A_Star') !== undefined;

/** A query of its own may aggregate; the row's own expression cannot. What is spelled like a plain call the catalog tells. */
function heldOutsideQueries(value: unknown): string | undefined {
  if (Array.isArray(value)) return first(value.map(heldOutsideQueries));
  if (!isTree(value)) return undefined;
  const call = nodeOf(value, 'FuncCall');
  if (call?.['over'] !== undefined) return 'a window function';
  if (call !== undefined && ofAggregates.some((field) => call[field] !== undefined)) return 'an aggregate';
  return first(
    Object.entries(value).map(([kind, inner]) =>
      kind === 'subselect' ? undefined : heldOutsideQueries(inner),
    ),
  );
}

const ofAggregates = ['agg_star', 'agg_distinct', 'agg_order', 'agg_filter', 'agg_within_group'];

const first = (found: readonly (string | undefined)[]): string | undefined =>
  found.find((each) => each !== undefined);
