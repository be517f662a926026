import type { SqlParser } from '../../../database/sql-parser.ts';
import { mentions } from './mentions.ts';
import { isOurs, type OldColumn } from './scope.ts';
import { namingOf } from './statement-naming.ts';
import { everyTree, isTree, listOf, nodeOf, relationsIn, textOf, type Tree } from './tree.ts';

export interface FunctionBody {
  readonly name: string;
  readonly language: string;
  /** The body, for PL/pgSQL the whole CREATE FUNCTION statement; null where it is too long to be looked at. */
  readonly text: string | null;
  readonly mentionsTable: boolean;
  /** It is the function of a trigger on the table. */
  readonly isOnTable: boolean;
  /** It takes a row of the table as an argument, and could ask it for the column by any name. */
  readonly takesRow: boolean;
}

/**
 * Whether the body of a function that mentions the old column's name means the column. PostgreSQL keeps such a body as text and would let the column go; the
 * function would fail from then on. What cannot be parsed counts when it mentions the table too.
 */
export function functionNames(body: FunctionBody, old: OldColumn, parser: SqlParser): boolean {
  if (body.takesRow) return true;
  try {
    if (body.text !== null && body.language === 'sql') return namesIt(parser.sql(body.text), old);
    if (body.text !== null && body.language === 'plpgsql')
      return plpgsqlNames(parser.plpgsql(body.text), body, old, parser);
  } catch {
    // Fail closed: the words decide.
  }
  return mayName(body);
}

const mayName = ({ mentionsTable, isOnTable }: FunctionBody): boolean => isOnTable || mentionsTable;

function namesIt(parsed: unknown, old: OldColumn): boolean {
  const { reads, writes } = namingOf(parsed, old);
  return reads || writes;
}

function plpgsqlNames(parsed: unknown, body: FunctionBody, old: OldColumn, parser: SqlParser): boolean {
  const trees = [...everyTree(parsed)];
  const queries = trees.flatMap((tree) => textOf(nodeOf(tree, 'PLpgSQL_expr'), 'query') ?? []);
  const parsedQueries = queries.map((text) => ({ text, tree: statementOf(text, parser) }));
  if (
    parsedQueries.some(({ text, tree }) => (tree === null ? mentions(text, old.column) : namesIt(tree, old)))
  )
    return true;
  if (hasDynamicMention(trees, old.column)) return mayName(body);
  const types = trees.flatMap((tree) => textOf(nodeOf(tree, 'PLpgSQL_type'), 'typname') ?? []);
  if (types.some((type) => mentions(type, old.table.name) && mentions(type, old.column))) return true;
  const touches =
    parsedQueries.some(({ tree }) => relationsIn(tree).some((relation) => isOurs(old, relation))) ||
    types.some((type) => mentions(type, old.table.name));
  return trees.some((tree) =>
    recordsWithField(tree, old.column).some((isRow) => (isRow ? body.isOnTable : touches)),
  );
}

/** A query, else an expression, else an assignment, as a statement; null for what is none of these. */
function statementOf(text: string, parser: SqlParser): unknown {
  for (const attempt of [text, `SELECT ${text}`, `SELECT ${text.replace(/^[^=]*?:?=/u, '')}`])
    try {
      return parser.sql(attempt);
    } catch {
      // The next reading.
    }
  return null;
}

/** SQL that is put together at run time stands in string constants. */
const hasDynamicMention = (trees: readonly Tree[], column: string): boolean =>
  trees.some((tree) =>
    Object.entries(tree).some(
      ([kind, inner]) =>
        /^PLpgSQL_stmt_dyn|^PLpgSQL_stmt_open|^PLpgSQL_stmt_return_query/u.test(kind) &&
        [...everyTree(inner)].some((each) =>
          mentions(textOf(nodeOf(each, 'PLpgSQL_expr'), 'query') ?? '', column),
        ),
    ),
  );

/** For each record whose field of that name the function uses: whether it is the trigger's own row. */
function recordsWithField(tree: Tree, column: string): readonly boolean[] {
  const made = nodeOf(tree, 'PLpgSQL_function');
  if (made === undefined) return [];
  const datums = listOf(made['datums']);
  return datums.flatMap((datum) => {
    const field = nodeOf(datum, 'PLpgSQL_recfield');
    if (textOf(field, 'fieldname') !== column) return [];
    // Zero is left out of the JSON.
    const parent = field?.['recparentno'];
    const record = datums[typeof parent === 'number' ? parent : 0];
    const name = isTree(record) ? textOf(nodeOf(record, 'PLpgSQL_rec'), 'refname') : undefined;
    return [name === 'new' || name === 'old'];
  });
}
