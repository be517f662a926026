import type { SqlParser } from '../../../database/sql-parser.ts';
import { fieldOf, isTree, listOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';

/** One thing that a statement does: the statement itself, or one command of its ALTER TABLE. */
export interface Part {
  /** As the parser calls it: `IndexStmt`, `AT_AddColumn`. */
  readonly kind: string;
  readonly node: Tree;
  /** The table that it is about, where it names one. */
  readonly table: { readonly schema: string; readonly name: string } | null;
  readonly statement: Tree;
}

/** The statements of a text, each as its parts; null where PostgreSQL cannot read it. */
export function partsOf(text: string, parser: SqlParser): readonly (readonly Part[])[] | null {
  let parsed: unknown;
  try {
    parsed = parser.sql(text);
  } catch {
    return null;
  }
  return listOf(isTree(parsed) ? parsed['stmts'] : undefined).map((raw) =>
    partsOfStatement(isTree(raw) ? (fieldOf(raw, 'stmt') ?? {}) : {}),
  );
}

function partsOfStatement(statement: Tree): readonly Part[] {
  const kind = Object.keys(statement)[0] ?? '';
  const node = nodeOf(statement, kind) ?? {};
  const table = tableOf(fieldOf(node, 'relation'));
  const whole = { kind, node, table, statement: node };
  if (kind !== 'AlterTableStmt') return [whole];
  return [
    whole,
    ...listOf(node['cmds']).map((command) => {
      const inner = nodeOf(command, 'AlterTableCmd') ?? {};
      return { kind: textOf(inner, 'subtype') ?? '', node: inner, table, statement: node };
    }),
  ];
}

function tableOf(relation: Tree | undefined): Part['table'] {
  const name = textOf(relation, 'relname');
  return name === undefined ? null : { schema: textOf(relation, 'schemaname') ?? '', name };
}

/** The inside of a command's definition: a column, a constraint. */
export const definitionOf = ({ node }: Part, kind: 'ColumnDef' | 'Constraint' | 'PartitionCmd'): Tree =>
  nodeOf(node['def'], kind) ?? {};

/** The constraints of a column that is added. */
export const columnConstraints = (part: Part): readonly Tree[] =>
  listOf(definitionOf(part, 'ColumnDef')['constraints']).map((each) => nodeOf(each, 'Constraint') ?? {});

/** Whether an option of this name is given, as in VACUUM (FULL). */
export const hasOption = (list: unknown, name: string): boolean =>
  listOf(list).some((each) => textOf(nodeOf(each, 'DefElem'), 'defname') === name);
