import type { SqlParser } from '../../../database/sql-parser.ts';
import { mentions, withoutTable } from './mentions.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { isOurs, tableItself, type OldColumn } from './scope.ts';
import { namingOf } from './statement-naming.ts';
import {
  everyTree,
  fieldOf,
  isTree,
  listOf,
  namesOf,
  nodeOf,
  relationsIn,
  textOf,
  type Tree,
} from './tree.ts';

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
  /** By which names triggers of the table give it the rows that a statement has written: `REFERENCING NEW TABLE AS`. */
  readonly transitionTables: readonly string[];
}

/** What a body has to do with a column: it names it, it may (nobody can tell for sure), or it does not. */
export type BodyNaming = 'names' | 'may name' | 'no';

/**
 * Whether the body of a function that mentions a column's name means the column. PostgreSQL keeps such a body as text and
 * would let the column go; the function would fail from then on. What cannot be read for sure may name it.
 */
export function functionNaming(body: FunctionBody, column: OldColumn, parser: SqlParser): BodyNaming {
  if (body.takesRow) return 'may name';
  try {
    if (body.text !== null && body.language === 'sql')
      return namesIt(parser.sql(body.text), column) ? 'names' : 'no';
    if (body.text !== null && body.language === 'plpgsql')
      return plpgsqlNaming(parser.plpgsql(body.text), body, column, parser);
  } catch {
    // Fail closed: the words decide.
  }
  return mayName(body) ? 'may name' : 'no';
}

/** Whether the body of a function that holds a table's name means the table. `base`: where its rows are by now. */
export function tableNaming(
  body: FunctionBody,
  { table, base }: { readonly table: TableName; readonly base?: TableName },
  parser: SqlParser,
): BodyNaming {
  const holds = (text: string): boolean =>
    mentions(base === undefined ? text : withoutTable(text, base), table.name);
  const itself = tableItself(table);
  const names = (tree: unknown): boolean => namingOf(tree, itself).table !== null;
  try {
    if (body.text !== null && body.language === 'sql') return names(parser.sql(body.text)) ? 'names' : 'no';
    if (body.text !== null && body.language === 'plpgsql') {
      const trees = [...everyTree(parser.plpgsql(body.text))];
      const queries = queriesIn(trees, parser);
      if (queries.some(({ tree }) => tree !== null && names(tree))) return 'names';
      // `coupons%ROWTYPE`, and what is declared to be of its row type.
      if (typesIn(trees).some(holds)) return 'names';
      const isUnsure =
        queries.some(({ text, tree }) => tree === null && holds(text)) || hasDynamic(trees, holds);
      return isUnsure ? 'may name' : 'no';
    }
  } catch {
    // Fail closed: it holds the name.
  }
  return 'may name';
}

/** The SQL in a function's body, as far as it can be read. */
export function functionTexts({ text, language }: FunctionBody, parser: SqlParser): readonly string[] {
  if (text === null) return [];
  if (language === 'sql') return [text];
  if (language !== 'plpgsql') return [];
  try {
    return queriesIn([...everyTree(parser.plpgsql(text))], parser).map(({ text: query }) => query);
  } catch {
    return [];
  }
}

const queriesIn = (trees: readonly Tree[], parser: SqlParser): readonly Query[] =>
  trees
    .flatMap((tree) => textOf(nodeOf(tree, 'PLpgSQL_expr'), 'query') ?? [])
    .map((text) => ({ text, tree: statementOf(text, parser) }));

const typesIn = (trees: readonly Tree[]): readonly string[] =>
  trees.flatMap((tree) => textOf(nodeOf(tree, 'PLpgSQL_type'), 'typname') ?? []);

const mayName = ({ mentionsTable, isOnTable }: FunctionBody): boolean => isOnTable || mentionsTable;

function namesIt(parsed: unknown, old: OldColumn): boolean {
  const { reads, writes } = namingOf(parsed, old);
  return reads || writes;
}

interface Query {
  readonly text: string;
  /** null where nobody can parse it. */
  readonly tree: unknown;
}

function plpgsqlNaming(parsed: unknown, body: FunctionBody, old: OldColumn, parser: SqlParser): BodyNaming {
  const trees = [...everyTree(parsed)];
  const queries = queriesIn(trees, parser);
  const texts = queries.map(({ text }) => text);
  const types = typesIn(trees);
  const tables = [old.table.name, ...body.transitionTables].map((name) => ({
    ...old,
    table: { ...old.table, name },
  }));
  if (queries.some(({ tree }) => tree !== null && tables.some((each) => namesIt(tree, each)))) return 'names';
  if (types.some((type) => mentions(type, old.table.name) && mentions(type, old.column))) return 'names';
  const rows = rowVariables(trees, old.table.name);
  if (queries.some(({ tree }) => asksField(tree, rows, old.column))) return 'names';
  const touches =
    queries.some(({ tree }) =>
      relationsIn(tree).some((relation) => tables.some((each) => isOurs(each, relation))),
    ) || types.some((type) => mentions(type, old.table.name));
  const records = trees.flatMap((tree) => recordsWithField(tree, old.column, texts));
  if (records.some((isRow) => (isRow ? body.isOnTable : touches))) return 'names';
  const isUnsure =
    queries.some(({ text, tree }) => tree === null && mentions(text, old.column)) ||
    (mayName(body) && hasDynamicMention(trees, old.column)) ||
    // A record of a trigger's function may hold the trigger's row, however it came there.
    (body.isOnTable && (records.length > 0 || asksRowByName(queries, old.column)));
  return isUnsure ? 'may name' : 'no';
}

/** Variables of the table's row type, `users%ROWTYPE`: the parser has no catalog, and takes them for scalars. */
const rowVariables = (trees: readonly Tree[], table: string): readonly string[] =>
  trees.flatMap((tree) => {
    const variable = nodeOf(tree, 'PLpgSQL_var');
    const type = textOf(nodeOf(fieldOf(variable ?? {}, 'datatype'), 'PLpgSQL_type'), 'typname') ?? '';
    return /%rowtype$/iu.test(type) && mentions(type, table) ? (textOf(variable, 'refname') ?? []) : [];
  });

const asksField = (tree: unknown, variables: readonly string[], column: string): boolean =>
  variables.length > 0 &&
  [...everyTree(tree)].some((each) => {
    const [name = '', field] = namesOf(nodeOf(each, 'ColumnRef')?.['fields']);
    return field === column && variables.includes(name);
  });

const isTriggerRow = (name: string | undefined): boolean => name === 'new' || name === 'old';

/** `to_jsonb(NEW) ->> 'email'`: a row as a value, and the column's name as a text. */
function asksRowByName(queries: readonly Query[], column: string): boolean {
  const trees = queries.flatMap(({ tree }) => [...everyTree(tree)]);
  return (
    trees.some((tree) => {
      const [name, ...rest] = namesOf(nodeOf(tree, 'ColumnRef')?.['fields']);
      return isTriggerRow(name) && rest.every((each) => each === '*');
    }) && trees.some((tree) => textOf(fieldOf(nodeOf(tree, 'A_Const') ?? {}, 'sval'), 'sval') === column)
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
const hasDynamicMention = (trees: readonly Tree[], name: string): boolean =>
  hasDynamic(trees, (text) => mentions(text, name));

const hasDynamic = (trees: readonly Tree[], holds: (text: string) => boolean): boolean =>
  trees.some((tree) =>
    Object.entries(tree).some(
      ([kind, inner]) =>
        /^PLpgSQL_stmt_dyn|^PLpgSQL_stmt_open|^PLpgSQL_stmt_return_query/u.test(kind) &&
        [...everyTree(inner)].some((each) => holds(textOf(nodeOf(each, 'PLpgSQL_expr'), 'query') ?? '')),
    ),
  );

/** For each record whose field of that name the function uses: whether it is the trigger's own row, or a copy of it. */
function recordsWithField(tree: Tree, column: string, queries: readonly string[]): readonly boolean[] {
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
    return [isTriggerRow(name) || queries.some((query) => copiesRow(query, name ?? ''))];
  });
}

/** `r := NEW` */
function copiesRow(query: string, record: string): boolean {
  const [, to] = /^\s*"?([^\s":=]+)"?\s*:?=\s*(?:new|old)\s*$/iu.exec(query) ?? [];
  return to !== undefined && to.toLowerCase() === record.toLowerCase();
}
