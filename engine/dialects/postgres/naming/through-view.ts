import type { TableName } from '../../../spec/table-name.ts';
import { isOurs, tableItself } from './scope.ts';
import { namingOf } from './statement-naming.ts';
import { everyTree, fieldOf, isTree, listOf, namesOf, nodeOf, nodesOf, textOf, type Tree } from './tree.ts';

/** A table whose name a view is to have, and what decides what the view takes. */
export interface ViewedTable {
  readonly table: TableName;
  readonly key: readonly string[];
  readonly mergesViews: boolean;
}

/** What of a parsed text a view in the table's place refuses, each in a few words; none where all of it works. */
export function refusedByView(parsed: unknown, viewed: ViewedTable): readonly string[] {
  // Its name must be meant, and not a CTE's: what only looks like it stays.
  if (namingOf(parsed, tableItself(viewed.table)).table === null) return [];
  const found = [...everyTree(parsed)].flatMap((tree) => looks.flatMap((look) => look(tree, viewed) ?? []));
  return [...new Set(found)];
}

type Look = (tree: Tree, viewed: ViewedTable) => string | undefined;

/** Statements about a table as a whole, by what they are called. */
const wholly: Readonly<Record<string, string>> = {
  CopyStmt: 'COPY',
  IndexStmt: 'CREATE INDEX',
  AlterTableStmt: 'ALTER TABLE',
  CreateTrigStmt: 'CREATE TRIGGER',
  RuleStmt: 'CREATE RULE',
  ClusterStmt: 'CLUSTER',
  ReindexStmt: 'REINDEX',
  CreatePolicyStmt: 'CREATE POLICY',
};

const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);

const looks: readonly Look[] = [
  (tree, viewed) => {
    const [kind = ''] = Object.keys(tree);
    const statement = nodeOf(tree, kind);
    return wholly[kind] !== undefined && isOn(statement?.['relation'], viewed) ? wholly[kind] : undefined;
  },
  (tree, viewed) =>
    nodesOf(nodeOf(tree, 'TruncateStmt')?.['relations'], 'RangeVar').some((relation) =>
      isOn(relation, viewed),
    )
      ? 'TRUNCATE'
      : undefined,
  (tree, viewed) => {
    const insert = nodeOf(tree, 'InsertStmt');
    const infer = fieldOf(fieldOf(insert ?? {}, 'onConflictClause') ?? {}, 'infer');
    return isOn(insert?.['relation'], viewed) && textOf(infer, 'conname') !== undefined
      ? 'ON CONFLICT ON CONSTRAINT'
      : undefined;
  },
  (tree, viewed) => {
    const change = nodeOf(tree, 'UpdateStmt') ?? nodeOf(tree, 'DeleteStmt');
    return isOn(change?.['relation'], viewed) &&
      nodeOf(change?.['whereClause'], 'CurrentOfExpr') !== undefined
      ? 'WHERE CURRENT OF'
      : undefined;
  },
  (tree, viewed) =>
    !viewed.mergesViews && isOn(nodeOf(tree, 'MergeStmt')?.['relation'], viewed)
      ? 'MERGE, before PostgreSQL 17'
      : undefined,
  (tree, viewed) =>
    isOn(nodeOf(nodeOf(tree, 'RangeTableSample')?.['relation'], 'RangeVar'), viewed)
      ? 'TABLESAMPLE'
      : undefined,
  (tree) => {
    const name = namesOf(nodeOf(tree, 'ColumnRef')?.['fields']).at(-1) ?? '';
    return systemColumns.has(name) ? name : undefined;
  },
  (tree, viewed) =>
    groupsByKey(nodeOf(tree, 'SelectStmt'), viewed) ? 'GROUP BY of the key alone' : undefined,
];

function isOn(relation: unknown, { table }: ViewedTable): boolean {
  const name = isTree(relation) ? textOf(relation, 'relname') : undefined;
  return (
    isTree(relation) &&
    name !== undefined &&
    isOurs(tableItself(table), { schema: textOf(relation, 'schemaname'), name })
  );
}

/** Other columns may be left out of a GROUP BY that has the primary key, on a table alone. */
function groupsByKey(select: Tree | undefined, { key, ...viewed }: ViewedTable): boolean {
  const grouped = listOf(select?.['groupClause']).map(columnOf);
  if (key.length === 0 || !key.every((name) => grouped.includes(name))) return false;
  const isFrom = [...everyTree(select?.['fromClause'])].some((tree) =>
    isOn(nodeOf(tree, 'RangeVar'), { ...viewed, key }),
  );
  const given = nodesOf(select?.['targetList'], 'ResTarget').map(({ val }) => columnOf(val));
  return isFrom && given.some((name) => name !== undefined && !grouped.includes(name));
}

/** The column that an item consists of, `*` for all; undefined where it is none. */
const columnOf = (item: unknown): string | undefined => namesOf(nodeOf(item, 'ColumnRef')?.['fields']).at(-1);
