import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, fieldOf, listOf, nodeOf, nodesOf, type Tree } from '../naming/tree.ts';
import type { OnlyColumn } from '../../authored.ts';

const before = 'SELECT (\n';
const part = `(?:"(?:[^"]|"")*"|[\\p{L}_][\\p{L}\\p{N}_$]*)`;

/** The one place at which an expression names a column; null where it names none or several, or asks a query of its own. */
export function onlyColumn(expression: string, parser: SqlParser): OnlyColumn | null {
  const tree = parser.sql(`${before}${expression}\n)`);
  const nodes = [...everyTree(tree)];
  const [named, ...others] = nodesOf(nodes, 'ColumnRef');
  if (named === undefined || others.length > 0 || nodes.some((each) => nodeOf(each, 'SubLink'))) return null;
  // The parser counts bytes.
  const bytes = new TextEncoder().encode(expression);
  const at = Number(named['location'] ?? 0) - before.length;
  const [start, rest] = [bytes.subarray(0, at), bytes.subarray(at)].map((half) =>
    new TextDecoder().decode(half),
  );
  if (start === undefined || rest === undefined) return null;
  const parts = listOf(named['fields']).length;
  const text = new RegExp(`^${part}(?:\\s*\\.\\s*${part}){${parts - 1}}`, 'u').exec(rest)?.[0];
  if (text === undefined) return null;
  return {
    isCast: isCast(tree),
    replacedBy: (value) => `${start}(${value})${rest.slice(text.length)}`,
  };
}

/** Whether the expression is a cast of the column and nothing else. */
function isCast(tree: unknown): boolean {
  const [statement] = nodesOf([...everyTree(tree)], 'SelectStmt');
  const [target] = nodesOf(statement?.['targetList'], 'ResTarget');
  let value: Tree | undefined = target === undefined ? undefined : fieldOf(target, 'val');
  while (value !== undefined && nodeOf(value, 'TypeCast') !== undefined)
    value = fieldOf(nodeOf(value, 'TypeCast') ?? {}, 'arg');
  return nodeOf(value, 'ColumnRef') !== undefined;
}
