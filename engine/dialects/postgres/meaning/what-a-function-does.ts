import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, isTree, listOf, namesOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import type { Action } from './action.ts';
import { queryOf } from './plpgsql-query.ts';

interface Reading {
  /** The statement as it is written. */
  readonly text: string;
  /** What each statement of the body does. */
  readonly actionsOf: (sql: string) => readonly Action[];
}

/** What CREATE FUNCTION or DO does: the function or block, and all that its body would do, as far as that is PL/pgSQL. */
export function functionActions(
  statement: Tree,
  parse: SqlParser['plpgsql'],
  { text, actionsOf }: Reading,
): readonly Action[] {
  const isBlock = statement['funcname'] === undefined;
  const made = { does: isBlock ? 'block' : 'function', to: namesOf(statement['funcname']) };
  const language = listOf(statement[isBlock ? 'args' : 'options'])
    .map((option) => nodeOf(option, 'DefElem'))
    .find((option) => textOf(option, 'defname') === 'language');
  const name = textOf(nodeOf(language?.['arg'], 'String'), 'sval') ?? (isBlock ? 'plpgsql' : undefined);
  if (name !== 'plpgsql') return [made, { does: `a body in ${name ?? 'no language'}`, to: [] }];
  let body: unknown;
  try {
    body = parse(text);
  } catch {
    return [made, { does: 'a body that PostgreSQL cannot read', to: [] }];
  }
  const inner = [...everyTree(body)].flatMap((tree) => bodyActions(tree, actionsOf));
  return [made, ...inner.map((action) => ({ ...action, inside: true as const }))];
}

/** Of one node of a body: what its SQL does, which field of the row it sets, and SQL that is made at run time. */
function bodyActions(tree: Tree, actionsOf: Reading['actionsOf']): readonly Action[] {
  const expression = nodeOf(tree, 'PLpgSQL_expr');
  if (expression !== undefined) return actionsOf(queryOf(expression));
  const body = nodeOf(tree, 'PLpgSQL_function');
  if (body !== undefined) return fieldsSet(body);
  const made = Object.keys(tree).find((kind) => kind.startsWith('PLpgSQL_stmt_dyn') && isTree(tree[kind]));
  return made === undefined ? [] : [{ does: 'EXECUTE', to: [] }];
}

function fieldsSet(body: Tree): readonly Action[] {
  const datums = listOf(body['datums']);
  return [...everyTree(body['action'])].flatMap((tree) => {
    const assignment = nodeOf(tree, 'PLpgSQL_stmt_assign');
    if (assignment === undefined) return [];
    // Zero is left out of the JSON.
    const datum = datums[typeof assignment['varno'] === 'number' ? assignment['varno'] : 0];
    const field = textOf(nodeOf(datum, 'PLpgSQL_recfield'), 'fieldname');
    return field === undefined ? [] : [{ does: 'set a field', to: [field] }];
  });
}
