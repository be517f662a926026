import { mentions } from './mentions.ts';
import type { Findings } from './findings.ts';
import { isOurs, type OldColumn } from './scope.ts';
import { everyTree, listOf, nodeOf, relationsIn, textOf, type Tree } from './tree.ts';

/** Statements that reach no row by themselves, or whose bodies the catalog holds and is asked for. */
const harmless = new Set(['CreateFunctionStmt', 'TransactionStmt', 'VariableSetStmt', 'VariableShowStmt']);

/** DDL and other utility statements: one that is about the table and holds the column's name anywhere names it. */
export function utilityNaming(kind: string, inner: Tree, old: OldColumn, findings: Findings): void {
  if (harmless.has(kind)) return;
  if (kind === 'DoStmt') {
    blockNaming(inner, old, findings);
    return;
  }
  const relations = relationsIn(inner);
  if (relations.some(({ schema }) => schema === 'underpin')) findings.add('own');
  if (!relations.some((relation) => isOurs(old, relation))) return;
  // Who vacuums every table does not use this one; a dump locks what it reads.
  if (kind !== 'VacuumStmt') findings.add(kind === 'LockStmt' ? 'readsTable' : 'changesTable');
  for (const tree of everyTree(inner))
    if (Object.values(tree).includes(old.column)) findings.add('reads', 'doubtful');
}

/** A DO block is text to the parser. */
function blockNaming(inner: Tree, old: OldColumn, findings: Findings): void {
  const parts = listOf(inner['args']).map((item) => {
    const element = nodeOf(item, 'DefElem');
    return textOf(nodeOf(element?.['arg'], 'String'), 'sval') ?? '';
  });
  const text = parts.join('\n');
  if (/\bunderpin\./u.test(text)) findings.add('own');
  if (mentions(text, old.table.name)) findings.add('changesTable');
  if (mentions(text, old.column) && mentions(text, old.table.name)) findings.add('reads', 'doubtful');
}
