import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, listOf, nodeOf, nodesOf } from '../naming/tree.ts';

/** Those statements of a plan that add columns. */
export const addedColumns = (statements: readonly string[], parser: SqlParser): readonly string[] =>
  statements.filter((sql) => commands(sql, parser).includes('AT_AddColumn'));

/** Those that add, rename or retype one. */
export const changedColumns = (statements: readonly string[], parser: SqlParser): readonly string[] =>
  statements.filter((sql) =>
    commands(sql, parser).some((each) =>
      ['AT_AddColumn', 'AT_AlterColumnType', 'OBJECT_COLUMN'].includes(each),
    ),
  );

function commands(sql: string, parser: SqlParser): readonly string[] {
  const nodes = [...everyTree(parser.sql(sql))];
  return [
    ...nodesOf(nodes, 'RenameStmt').map(({ renameType }) => String(renameType)),
    ...nodesOf(nodes, 'AlterTableStmt').flatMap((statement) =>
      listOf(statement['cmds']).map((each) => String(nodeOf(each, 'AlterTableCmd')?.['subtype'])),
    ),
  ];
}
