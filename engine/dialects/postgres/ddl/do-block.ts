import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, isTree, listOf, nodeOf, nodesOf, textOf, type Tree } from '../naming/tree.ts';
import { dollarQuoted } from '../quote.ts';

/** A body whose statements stand in it as they are run: blocks, conditions and handlers around them. */
const plain = new Set([
  'PLpgSQL_stmt_block',
  'PLpgSQL_stmt_execsql',
  'PLpgSQL_stmt_if',
  'PLpgSQL_stmt_raise',
  'PLpgSQL_stmt_return',
]);

/**
 * The statements in a DO block that only surrounds them, as tools do that want no error for what is there already; undefined
 * where it computes what it runs, or loops.
 */
export function statementsOfDo(node: Tree, parser: SqlParser): readonly string[] | undefined {
  const options = nodesOf(node['args'], 'DefElem');
  const argument = (name: string): string | undefined =>
    textOf(nodeOf(options.find((each) => textOf(each, 'defname') === name)?.['arg'], 'String'), 'sval');
  const body = argument('as');
  if (body === undefined || (argument('language') ?? 'plpgsql') !== 'plpgsql') return undefined;
  const tree = read(body, parser);
  if (tree === undefined) return undefined;
  const found: string[] = [];
  for (const each of everyTree(tree)) {
    const kind = Object.keys(each).find((key) => key.startsWith('PLpgSQL_stmt_'));
    if (kind === undefined) continue;
    if (!plain.has(kind)) return undefined;
    if (kind !== 'PLpgSQL_stmt_execsql') continue;
    const statement = nodeOf(each, kind);
    const text = textOf(nodeOf(statement?.['sqlstmt'], 'PLpgSQL_expr'), 'query');
    // What is read into a variable changes nothing.
    if (statement?.['into'] !== true && text !== undefined) found.push(text);
  }
  return found;
}

function read(body: string, parser: SqlParser): unknown {
  try {
    const parsed = parser.plpgsql(
      `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS ${dollarQuoted(body, 'body')}`,
    );
    return isTree(parsed) ? listOf(parsed['plpgsql_funcs']) : parsed;
  } catch {
    return undefined;
  }
}
