import { textOf, type Tree } from '../naming/tree.ts';
import { opaqueSource } from '../opaque.ts';

/** The SQL of one expression of a PL/pgSQL body, as a statement. The parser's modes: 0 is a statement, 2 an expression, above that an assignment. */
export function queryOf(expression: Tree): string {
  const query = textOf(expression, 'query') ?? '';
  const mode = expression['parseMode'];
  if (mode === 0 || mode === undefined) return query;
  return `SELECT ${mode === 2 ? query : assigned(query)}`;
}

const opaqueOrSign = new RegExp(`${opaqueSource}|(?<sign>:?=)`, 'gsu');

function assigned(assignment: string): string {
  const sign = [...assignment.matchAll(opaqueOrSign)].find(({ groups }) => groups?.['sign'] !== undefined);
  return sign === undefined ? assignment : assignment.slice(sign.index + sign[0].length);
}
