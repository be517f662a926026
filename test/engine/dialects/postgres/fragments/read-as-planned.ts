import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { livedPhases, phaseOf, type Plan, type Unit } from '../../../../../engine/plan/plan.ts';
import { walkParameters } from '../../../../../engine/dialects/postgres/meaning/check-plan.ts';
import { statementsOfWalk } from '../../../../../engine/plan/walk-statements.ts';
import { positionalParameters } from '../../../../../engine/dialects/postgres/positional.ts';
import { sqlUnderSettings } from '../../../../../engine/dialects/postgres/meaning/what-a-statement-does.ts';
import {
  everyTree,
  isTree,
  listOf,
  nodeOf,
  textOf,
  type Tree,
} from '../../../../../engine/dialects/postgres/naming/tree.ts';

/** Every statement of a plan. */
export function sqlOf(plan: Plan): readonly string[] {
  const ofUnit = (unit: Unit): readonly string[] =>
    unit.kind === 'brief'
      ? unit.statements
      : [unit.statement, unit.state, ...(unit.clean === null ? [] : [unit.clean])];
  return [
    ...livedPhases(plan).flatMap((name) => {
      const { run, undo } = phaseOf(plan, name);
      return [...run, ...('irreversible' in undo ? [] : undo)].flatMap(ofUnit);
    }),
    ...plan.walks
      .flatMap((walk) => Object.values(statementsOfWalk(walk)))
      .map((text) => positionalParameters({ text, parameters: walkParameters }).text),
  ];
}

/** A statement as PostgreSQL reads it, with the queries of its body if it makes a function; no places in the text. */
export function read(sql: string, parser: SqlParser): unknown {
  const tree = parser.sql(sql);
  const makes = [...everyTree(tree)].some((each) => nodeOf(each, 'CreateFunctionStmt') !== undefined);
  const handedOver = sqlUnderSettings(tree);
  if (handedOver.length > 0)
    return [
      withoutPlaces(parser.sql(handedOver.reduce((text, inner) => text.replace(inner, ''), sql))),
      handedOver.map((inner) => read(inner, parser)),
    ];
  if (!makes) return withoutPlaces(tree);
  const queries = [...everyTree(parser.plpgsql(sql))].flatMap((each) => {
    const query = textOf(nodeOf(each, 'PLpgSQL_expr'), 'query');
    return query === undefined ? [] : [readQuery(query, parser)];
  });
  return [withoutPlaces(withoutBody(tree)), queries];
}

function readQuery(query: string, parser: SqlParser): unknown {
  for (const text of [query, `SELECT ${query}`, `SELECT ${query.slice(query.indexOf(':=') + 2)}`])
    try {
      return withoutPlaces(parser.sql(text));
    } catch {
      // Read in the next way.
    }
  return query;
}

const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(
    JSON.stringify(tree, (key, value: unknown) =>
      /(?:location|list_start|list_end|stmt_len)$/u.test(key) ? undefined : value,
    ),
  );

const withoutBody = (tree: unknown): unknown =>
  JSON.parse(
    JSON.stringify(tree, (_, value: unknown) =>
      textOf(nodeOf(value, 'DefElem'), 'defname') === 'as' ? null : value,
    ),
  );

/** The trees that stand-ins are exchanged for, by the stand-in's name. */
export interface Written {
  readonly values: ReadonlyMap<string, Tree>;
  readonly types: ReadonlyMap<string, Tree>;
}

/** What a parsed fragment is: the value, or NULL cast to the type. */
export function valueRead(text: string, parser: SqlParser): Tree {
  const select = [...everyTree(withoutPlaces(parser.sql(`SELECT ${text}`)))].find(
    (each) => 'targetList' in each,
  );
  const value = nodeOf(listOf(select?.['targetList'])[0], 'ResTarget')?.['val'];
  if (!isTree(value)) throw new Error(`not a value: ${text}`);
  return value;
}

/** A tree in which the stand-ins are exchanged for what the author wrote. */
export function exchanged(tree: unknown, written: Written): unknown {
  if (Array.isArray(tree)) return tree.map((item) => exchanged(item, written));
  if (!isTree(tree)) return tree;
  const value = written.values.get(soleName(nodeOf(tree, 'ColumnRef')?.['fields']) ?? '');
  if (value !== undefined) return value;
  const cast = nodeOf(tree, 'TypeCast');
  const castType = typeFor(cast, written);
  if (cast !== undefined && castType !== undefined) return castTo(exchanged(cast['arg'], written), castType);
  const columnType = typeFor(tree, written);
  const fields = Object.fromEntries(
    Object.entries(tree).map(([key, inner]) => [key, exchanged(inner, written)]),
  );
  return columnType === undefined ? fields : { ...fields, ...columnOf(columnType) };
}

const soleName = (names: unknown): string | undefined =>
  listOf(names).length === 1 ? textOf(nodeOf(listOf(names)[0], 'String'), 'sval') : undefined;

function typeFor(holder: Tree | undefined, { types }: Written): Tree | undefined {
  const type = holder?.['typeName'];
  return isTree(type) ? types.get(soleName(type['names']) ?? '') : undefined;
}

function castTo(arg: unknown, type: Tree): Tree {
  const collated = nodeOf(type, 'CollateClause');
  const cast = { TypeCast: { ...nodeOf(collated === undefined ? type : collated['arg'], 'TypeCast'), arg } };
  return collated === undefined ? cast : { CollateClause: { ...collated, arg: cast } };
}

function columnOf(type: Tree): Tree {
  const collated = nodeOf(type, 'CollateClause');
  const typeName = nodeOf(collated === undefined ? type : collated['arg'], 'TypeCast')?.['typeName'];
  return collated === undefined ? { typeName } : { typeName, collClause: { collname: collated['collname'] } };
}
