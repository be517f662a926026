import * as z from 'zod';
import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';
import { installBoundParts } from './bound-parts.ts';
import { installTrial } from './tried-on-copy.ts';
import { askReplacementTrial, replacementTrial, type TriedReplacement } from './tried-replacement.ts';

/** Both expressions of a policy as PostgreSQL prints them; null where it has none. */
export const expressions = z.object({ using: z.string().nullable(), check: z.string().nullable() });
export type Expressions = Readonly<z.infer<typeof expressions>>;

export const dependentPolicy = expressions.extend({
  name: z.string(),
  /** Its table as PostgreSQL prints it. */
  table: z.string(),
  made: z.string(),
  isMember: z.boolean(),
});
export type DependentPolicy = Readonly<z.infer<typeof dependentPolicy>>;

/** Over `p` of pg_policy: both expressions as one value, in the words of `Expressions`. */
export const printedExpressions = `jsonb_build_object('using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))`;

/** The policies of a table that name some of its columns. `made`: a statement that makes it. Needs `bound_parts`. */
const describe = `CREATE OR REPLACE FUNCTION underpin.dependent_policies(of_table text, columns jsonb)
  RETURNS SETOF text
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT (${printedExpressions} || jsonb_build_object('name', p.polname, 'table', p.polrelid::regclass::text, 'made', b.trial, 'isMember', EXISTS (
  SELECT FROM pg_depend AS x WHERE x.classid = b.class AND x.objid = b.part AND x.deptype IN ('e', 'x'))))::text
FROM underpin.bound_parts(of_table, columns) AS b
JOIN pg_policy AS p ON b.class = 'pg_policy'::regclass AND p.oid = b.part
ORDER BY p.polname`,
  'policies',
)}`;

/** A policy's old and new expressions: how PostgreSQL prints them, and which old columns they still name. */
const triedReplaced = replacementTrial({
  name: 'tried_policy',
  prints: `  RETURN QUERY SELECT (${printedExpressions} || jsonb_build_object('still', (
    SELECT coalesce(jsonb_agg(DISTINCT a.attname), '[]')
    FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid IN (relation::regclass, of_table::regclass) AND a.attname IN (SELECT jsonb_object_keys(markers)))))::text
  FROM pg_policy AS p WHERE p.polrelid = relation::regclass;`,
});

export const installDependentPolicies: readonly Statement[] = [
  installBoundParts,
  installShared(describe),
  installTrial(triedReplaced),
];

export const askDependentPolicies = (table: TableName, columns: readonly string[]): Statement => ({
  text: 'SELECT * FROM underpin.dependent_policies(:table, (:columns)::jsonb)',
  parameters: { table: qualifiedName(table), columns: JSON.stringify(columns) },
});

export const triedPolicy = expressions.extend({ still: z.array(z.string()) });

export const askTriedPolicy = (asked: TriedReplacement): Statement =>
  askReplacementTrial(triedReplaced, asked);
