import { everyTree, fieldOf, listOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import type { Action } from './action.ts';

/** All that a query writes, at any depth: reading is no action. */
export const writesIn = (query: unknown): readonly Action[] => [...everyTree(query)].flatMap(writesOf);

function writesOf(tree: Tree): readonly Action[] {
  const update = nodeOf(tree, 'UpdateStmt');
  if (update !== undefined)
    return listOf(update['targetList']).map((target) => ({
      does: 'UPDATE',
      to: [...relationOf(update), textOf(nodeOf(target, 'ResTarget'), 'name') ?? ''],
    }));
  for (const [kind, does] of writing) {
    const statement = nodeOf(tree, kind);
    if (statement !== undefined) return [{ does, to: relationOf(statement) }];
  }
  return tree['intoClause'] === undefined ? [] : [{ does: 'SELECT INTO', to: [] }];
}

const writing = [
  ['InsertStmt', 'INSERT'],
  ['DeleteStmt', 'DELETE'],
  ['MergeStmt', 'MERGE'],
] as const;

function relationOf(statement: Tree): readonly string[] {
  const relation = fieldOf(statement, 'relation');
  return [textOf(relation, 'schemaname') ?? '', textOf(relation, 'relname') ?? ''];
}
