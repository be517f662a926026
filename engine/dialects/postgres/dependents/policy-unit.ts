import { catalogBrief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { dollarQuoted, identifier, literal, qualifiedName } from '../quote.ts';
import { printedExpressions, type Expressions } from './dependent-policies.ts';

/** A policy as it is now, and as it is to be. */
export interface PolicyChange {
  readonly table: TableName;
  readonly name: string;
  readonly old: Expressions;
  readonly new: Expressions;
}

/** Lets the policy ask for the new columns, if it still asks what it asked when the plan was made. Roles, comment and command stay. */
export const replacePolicy = (change: PolicyChange, to: string): Brief =>
  unit(`let policy ${change.name} ask for ${to}`, change, [
    ...refusedUnless(change, change.old, 'is not as it was planned for: plan anew'),
    `${alterPolicy(change, change.new)};`,
    // Known by its text, it comes back on a rollback.
    ...refusedUnless(change, change.new, 'is printed otherwise than when it was tried'),
  ]);

/** Lets it ask for the old columns again. One that somebody has altered meanwhile stays as it is; so does one that was not replaced yet. */
export const restorePolicy = (change: PolicyChange, to: string): Brief =>
  unit(`let policy ${change.name} ask for ${to} again`, change, [
    `IF ${asks(change)} = ${given(change.new)} THEN`,
    `${alterPolicy(change, change.old)};`,
    'END IF;',
  ]);

export const alterPolicy = (
  { table, name }: Pick<PolicyChange, 'table' | 'name'>,
  { using, check }: Expressions,
): string =>
  `ALTER POLICY ${identifier(name)} ON ${qualifiedName(table)}${using === null ? '' : `\n  USING (${using})`}${check === null ? '' : `\n  WITH CHECK (${check})`}`;

const asks = ({ table, name }: PolicyChange): string =>
  `(SELECT ${printedExpressions} FROM pg_policy AS p WHERE p.polrelid = ${literal(qualifiedName(table))}::regclass AND p.polname = ${literal(name)})`;

const given = (texts: Expressions): string => `${literal(JSON.stringify(texts))}::jsonb`;

const refusedUnless = (change: PolicyChange, texts: Expressions, why: string): readonly string[] => [
  `IF ${asks(change)} IS DISTINCT FROM ${given(texts)} THEN`,
  `  RAISE dependent_objects_still_exist USING MESSAGE = ${literal(`policy ${change.name} of ${change.table.schema}.${change.table.name} ${why}`)};`,
  'END IF;',
];

// How an expression is printed hangs on the schemas that are searched, and so does what it means.
function unit(does: string, { table }: PolicyChange, lines: readonly string[]): Brief {
  const body = [
    'DECLARE',
    `  path text := current_setting('search_path');`,
    'BEGIN',
    `PERFORM set_config('search_path', '', true);`,
    `LOCK TABLE ${qualifiedName(table)} IN ACCESS EXCLUSIVE MODE;`,
    ...lines,
    `PERFORM set_config('search_path', path, true);`,
    'END',
  ].join('\n');
  return catalogBrief(does, 'ACCESS EXCLUSIVE', [`DO ${dollarQuoted(body, 'policy')}`]);
}
