import type { Draft, DraftValue } from '../../ddl.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { writtenTable } from '../../../spec/written-table.ts';
import { fieldOf, listOf, namesOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import { identifier, shortName } from '../quote.ts';
import { columnConstraints, definitionOf, type Part } from '../lint/parts.ts';
import { behindName, behindWord, clauseFrom, insideBrackets, placeOf } from './clauses.ts';
import { droppedNames, type History } from './history.ts';
import { renamedRelation } from './renamed-relation.ts';

/** A part of a statement, with the text that it was read from. */
export interface PartOfText {
  readonly part: Part;
  readonly sql: string;
  readonly history: History;
}

type Drafts = (of: PartOfText) => readonly Draft[];

/** The migrations that do without harm what a part does; by the name of the rule that it breaks. */
const byRule: Readonly<Record<string, Drafts>> = {
  rename: renamed,
  'change-type': retyped,
  'set-not-null': (of) => drafted(of, 'set-not-null', { column: textOf(of.part.node, 'name') ?? '' }),
  'drop-column': (of) => drafted(of, 'drop-column', { column: textOf(of.part.node, 'name') ?? '' }),
  'volatile-default': addedColumn,
  'unique-column': addedColumn,
  'checked-column': addedColumn,
  'constraint-not-valid': (of) => constraint(of, definitionOf(of.part, 'Constraint'), []),
  'constraint-using-index': (of) => constraint(of, definitionOf(of.part, 'Constraint'), []),
  'index-concurrently': indexed,
  'drop-index-concurrently': droppedIndexes,
  'drop-data': droppedTables,
};

/** None where one of the rules that it breaks has no answer. */
export function draftsFor(of: PartOfText, rules: readonly string[]): readonly Draft[] {
  const found = rules.map((rule) => byRule[rule]?.(of) ?? []);
  if (found.some((drafts) => drafts.length === 0)) return [];
  const texts = found.flat().map((draft) => [JSON.stringify(draft), draft] as const);
  return [...new Map(texts).values()];
}

const tableOf = ({ part, history }: PartOfText): TableName | null =>
  part.table === null ? null : history.tableOf(part.table);

function drafted(
  of: PartOfText,
  kind: string,
  change: Readonly<Record<string, DraftValue>>,
  notes: readonly string[] = [],
): readonly Draft[] {
  const table = tableOf(of);
  return table === null ? [] : [{ kind, table, change, notes }];
}

function renamed(of: PartOfText): readonly Draft[] {
  const { kind, node } = of.part;
  if (kind === 'AlterObjectSchemaStmt')
    return textOf(node, 'objectType') === 'OBJECT_TABLE'
      ? drafted(of, 'move-table', { to: textOf(node, 'newschema') ?? '', by: 'alias' })
      : [];
  const to = textOf(node, 'newname') ?? '';
  const isColumn =
    textOf(node, 'renameType') === 'OBJECT_COLUMN' && textOf(node, 'relationType') === 'OBJECT_TABLE';
  if (isColumn) return drafted(of, 'rename-column', { from: textOf(node, 'subname') ?? '', to });
  const isTable = renamedRelation(of.part, of.history) === 'table';
  return isTable ? drafted(of, 'rename-table', { to, by: 'alias' }) : [];
}

function retyped(of: PartOfText): readonly Draft[] {
  const { part, sql, history } = of;
  const column = textOf(part.node, 'name') ?? '';
  const start = placeOf(sql, fieldOf(definitionOf(part, 'ColumnDef'), 'typeName')?.['location']);
  const type = clauseFrom(sql, start);
  const using = behindWord(sql, start, 'USING');
  const table = tableOf(of);
  const old = using === undefined && table !== null ? history.typeOf(table, column) : undefined;
  return drafted(
    of,
    'change-type',
    {
      column,
      type,
      ...(using === undefined ? {} : { up: clauseFrom(sql, using) }),
      ...(old === undefined ? {} : { down: `CAST(${identifier(column)} AS ${old})` }),
    },
    old === undefined
      ? [
          'The statement does not say the way back: `down:`, an expression over the new value. underpin plan asks for it.',
        ]
      : [],
  );
}

/** A column, and what is said of it as constraints of their own. */
function addedColumn(of: PartOfText): readonly Draft[] {
  const { part, sql } = of;
  const definition = definitionOf(part, 'ColumnDef');
  const column = textOf(definition, 'colname') ?? '';
  const constraints = columnConstraints(part);
  const ofType = (type: string) => constraints.find((each) => textOf(each, 'contype') === type);
  if (['CONSTR_PRIMARY', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((each) => ofType(each) !== undefined))
    return [];
  const given = ofType('CONSTR_DEFAULT');
  const isRequired = ofType('CONSTR_NOTNULL') !== undefined;
  if (isRequired && given === undefined) return [];
  const type = clauseFrom(sql, placeOf(sql, fieldOf(definition, 'typeName')?.['location']));
  const [added] = drafted(of, 'add-column', {
    column,
    type,
    ...(given === undefined ? {} : { default: defaultText(sql, given) }),
    ...(isRequired ? { notNull: true } : {}),
  });
  if (added === undefined) return [];
  const more = constraints
    .filter((each) =>
      ['CONSTR_CHECK', 'CONSTR_FOREIGN', 'CONSTR_UNIQUE'].includes(textOf(each, 'contype') ?? ''),
    )
    .map((each) => constraint(of, each, [column]));
  return more.some((drafts) => drafts.length === 0) ? [] : [added, ...more.flat()];
}

function defaultText(sql: string, given: Tree): string {
  const behind = behindWord(sql, placeOf(sql, given['location']), 'DEFAULT');
  return behind === undefined ? '' : clauseFrom(sql, behind);
}

/** `columns`: of a constraint that stands at its column. */
function constraint(of: PartOfText, tree: Tree, columns: readonly string[]): readonly Draft[] {
  const kinds: Readonly<Record<string, typeof check>> = {
    CONSTR_CHECK: check,
    CONSTR_FOREIGN: foreignKey,
    CONSTR_UNIQUE: unique,
  };
  return kinds[textOf(tree, 'contype') ?? '']?.(of, tree, columns) ?? [];
}

const isDeferrable = (tree: Tree): boolean => tree['deferrable'] === true || tree['initdeferred'] === true;

/** As PostgreSQL names it. */
function nameOf(
  of: PartOfText,
  tree: Tree,
  made: readonly string[],
): { name: string; notes: readonly string[] } {
  const given = textOf(tree, 'conname');
  if (given !== undefined) return { name: given, notes: [] };
  const name = shortName([tableOf(of)?.name ?? '', ...made].join('_'));
  return { name, notes: ['The statement gives no name; this is the one that PostgreSQL makes.'] };
}

function check(of: PartOfText, tree: Tree, columns: readonly string[]): readonly Draft[] {
  const { name, notes } = nameOf(of, tree, [...columns, 'check']);
  const behind = behindWord(of.sql, placeOf(of.sql, tree['location']), 'CHECK');
  if (behind === undefined) return [];
  return drafted(of, 'add-check', { name, check: insideBrackets(of.sql, behind) }, notes);
}

function unique(of: PartOfText, tree: Tree, columns: readonly string[]): readonly Draft[] {
  const over = [...namesOf(tree['keys']), ...columns];
  // A unique key of ours can say no more than its columns.
  if (isDeferrable(tree) || tree['nulls_not_distinct'] === true || tree['including'] !== undefined) return [];
  const { name, notes } = nameOf(of, tree, [...over, 'key']);
  return drafted(of, 'add-unique', { name, columns: over }, notes);
}

const actions: Readonly<Record<string, string>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function foreignKey(of: PartOfText, tree: Tree, columns: readonly string[]): readonly Draft[] {
  const over = [...namesOf(tree['fk_attrs']), ...columns];
  const target = fieldOf(tree, 'pktable');
  const references = of.history.tableOf({
    schema: textOf(target, 'schemaname') ?? '',
    name: textOf(target, 'relname') ?? '',
  });
  // Without columns the primary key is meant.
  const named = namesOf(tree['pk_attrs']);
  const referencedColumns = named.length > 0 ? named : (of.history.keyOfTable(references) ?? []);
  const isPlain =
    !isDeferrable(tree) && tree['fk_del_set_cols'] === undefined && textOf(tree, 'fk_matchtype') === 's';
  if (referencedColumns.length === 0 || !isPlain) return [];
  const { name, notes } = nameOf(of, tree, [...over, 'fkey']);
  const [onDelete, onUpdate] = ['fk_del_action', 'fk_upd_action'].map(
    (key) => actions[textOf(tree, key) ?? ''],
  );
  return drafted(
    of,
    'add-foreign-key',
    {
      name,
      columns: over,
      references: writtenTable(references),
      referencedColumns,
      ...(onDelete === undefined ? {} : { onDelete }),
      ...(onUpdate === undefined ? {} : { onUpdate }),
    },
    notes,
  );
}

function indexed(of: PartOfText): readonly Draft[] {
  const { part, sql } = of;
  const { node } = part;
  const over = listOf(node['indexParams']).map((each) => textOf(nodeOf(each, 'IndexElem'), 'name') ?? 'expr');
  const given = textOf(node, 'idxname');
  const name = given ?? shortName([tableOf(of)?.name ?? '', ...over, 'idx'].join('_'));
  const behind = behindName(sql, placeOf(sql, fieldOf(node, 'relation')?.['location']));
  return drafted(
    of,
    'add-index',
    { name, index: sql.slice(behind).trim(), ...(node['unique'] === true ? { unique: true } : {}) },
    given === undefined ? ['The statement gives no name; this is the one that PostgreSQL makes.'] : [],
  );
}

function droppedTables({ part, history }: PartOfText): readonly Draft[] {
  if (textOf(part.node, 'removeType') !== 'OBJECT_TABLE') return [];
  return droppedNames(part).map((name) => ({
    kind: 'drop-table',
    table: history.tableOf(name),
    change: {},
    notes: [],
  }));
}

/** The statement does not name the table: only an earlier one can have told it. */
function droppedIndexes({ part, history }: PartOfText): readonly Draft[] {
  const dropped = droppedNames(part).map((index) => ({ index, table: history.tableOfIndex(index) }));
  return dropped.some(({ table }) => table === undefined)
    ? []
    : dropped.flatMap(({ index, table }) =>
        table === undefined ? [] : [{ kind: 'drop-index', table, change: { name: index.name }, notes: [] }],
      );
}
