import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { fieldOf, isTree, listOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';

export interface AlteredPolicy {
  readonly table: TableName;
  readonly name: string;
}

/** The policy that an author's statement gives other expressions, or what is wrong with it; undefined where it is about something else. */
export function policyAltered(sql: string, parser: SqlParser): AlteredPolicy | Fault | undefined {
  const policy = policyStatement(sql, parser);
  if (policy === undefined) return undefined;
  if (listOf(policy['roles']).length > 0)
    return {
      fact: 'The statement gives the policy roles',
      remedy: 'Leave TO out: the policy keeps those that it has',
    };
  const table = fieldOf(policy, 'table');
  return {
    table: { schema: textOf(table, 'schemaname') ?? 'public', name: textOf(table, 'relname') ?? '' },
    name: textOf(policy, 'policy_name') ?? '',
  };
}

function policyStatement(sql: string, parser: SqlParser): Tree | undefined {
  try {
    const parsed = parser.sql(sql);
    const statements = isTree(parsed) ? listOf(parsed['stmts']) : [];
    const [first] = statements;
    return statements.length === 1 && isTree(first) ? nodeOf(first['stmt'], 'AlterPolicyStmt') : undefined;
  } catch {
    return undefined;
  }
}
