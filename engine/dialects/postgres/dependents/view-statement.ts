import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { everyTree, fieldOf, isTree, listOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import { qualifiedName } from '../quote.ts';
import { editedText, nameOf } from './edited.ts';

/** The view that an author's statement replaces; or what keeps the statement from being that and nothing else. */
export function viewReplaced(sql: string, parser: SqlParser): TableName | Fault {
  const view = viewStatement(sql, parser);
  if (view === undefined || view['replace'] !== true || fieldOf(view, 'view')?.['relpersistence'] !== 'p')
    return {
      fact: 'This is not one CREATE OR REPLACE VIEW and nothing else',
      remedy:
        'Write each view that is to read the new columns as `CREATE OR REPLACE VIEW name AS SELECT …`; `underpin plan` offers the text. Anything else is a migration of its own (`kind: sql`)',
    };
  const options = textOf(view, 'withCheckOption') ?? 'NO_CHECK_OPTION';
  if (listOf(view['options']).length > 0 || options !== 'NO_CHECK_OPTION')
    return {
      fact: 'The statement gives the view options',
      remedy: 'Leave them out: the view keeps those that it has, WITH CHECK OPTION among them',
    };
  if (writes(view['query']))
    return { fact: 'The query of the view writes', remedy: 'Write a query that only reads' };
  const name = fieldOf(view, 'view');
  return { schema: textOf(name, 'schemaname') ?? 'public', name: textOf(name, 'relname') ?? '' };
}

export const isFault = (found: TableName | Fault): found is Fault => 'fact' in found;

/** The statement with another view in it. */
export function ofView(sql: string, view: TableName, parser: SqlParser): string | null {
  const name = fieldOf(viewStatement(sql, parser) ?? {}, 'view');
  if (name === undefined) return null;
  const parts = textOf(name, 'schemaname') === undefined ? 1 : 2;
  return editedText(sql, [
    { at: Number(name['location'] ?? 0), pattern: nameOf(parts), by: () => qualifiedName(view) },
  ]);
}

function viewStatement(sql: string, parser: SqlParser): Tree | undefined {
  try {
    const parsed = parser.sql(sql);
    const statements = isTree(parsed) ? listOf(parsed['stmts']) : [];
    const [first] = statements;
    return statements.length === 1 && isTree(first) ? nodeOf(first['stmt'], 'ViewStmt') : undefined;
  } catch {
    return undefined;
  }
}

const writing = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause']);

const writes = (query: unknown): boolean =>
  [...everyTree(query)].some((tree) => Object.keys(tree).some((key) => writing.has(key)));
