import { textOf, type Tree } from '../naming/tree.ts';
import { tokenAt } from '../sql-token.ts';

/** The SQL of one expression of a PL/pgSQL body, as a statement. The parser's modes: 0 is a statement, 2 an expression, above that an assignment. */
export function queryOf(expression: Tree): string {
  const query = textOf(expression, 'query') ?? '';
  const mode = expression['parseMode'];
  if (mode === 0 || mode === undefined) return query;
  return `SELECT ${mode === 2 ? query : assigned(query)}`;
}

function assigned(assignment: string): string {
  for (let at = 0; at < assignment.length;) {
    const { kind, end } = tokenAt(assignment, at);
    if (kind === 'symbol' && /^:?=$/u.test(assignment.slice(at, end))) return assignment.slice(end);
    at = end;
  }
  return assignment;
}
