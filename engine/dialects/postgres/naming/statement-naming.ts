import { Findings, type Naming } from './findings.ts';
import { ModifyingWalk } from './modifying-walk.ts';
import { utilityNaming } from './utility-naming.ts';
import type { OldColumn } from './scope.ts';
import { isTree, listOf, nodeOf, type Tree } from './tree.ts';

const verbs: Readonly<Record<string, string>> = {
  SelectStmt: 'SELECT',
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  CopyStmt: 'COPY',
  DoStmt: 'DO',
};
/** Statements that carry another one. */
const carrying = new Set([
  'ExplainStmt',
  'PrepareStmt',
  'DeclareCursorStmt',
  'CreateTableAsStmt',
  'ViewStmt',
]);

/**
 * What a parsed text has to do with the old column: the tree is that of PostgreSQL's own parser, `{ stmts: [ … ] }`.
 * Names are resolved as PostgreSQL does it, by aliases, subqueries, CTEs and joins, so that a comment, a string, an alias
 * or another table's column of the same name does not count. What cannot be known counts.
 */
export function namingOf(parsed: unknown, old: OldColumn): Naming {
  const findings = new Findings();
  const statements = isTree(parsed) ? listOf(parsed['stmts']) : [];
  for (const raw of statements) if (isTree(raw)) walkStatement(raw['stmt'], old, findings);
  return findings.naming();
}

function walkStatement(statement: unknown, old: OldColumn, findings: Findings): void {
  if (!isTree(statement)) return;
  const kind = Object.keys(statement)[0] ?? '';
  const inner: Tree = nodeOf(statement, kind) ?? {};
  findings.verb ||= verbs[kind] ?? kind.replace(/Stmt$/u, '').toUpperCase();
  if (carrying.has(kind)) {
    walkStatement(inner['query'], old, findings);
    return;
  }
  const walk = new ModifyingWalk(old, findings);
  if (!walk.statement(statement, new Map())) utilityNaming(kind, inner, old, findings);
}
