import * as z from 'zod';
import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';
import { boundParts } from './bound-parts.ts';

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

/**
 * A policy's old and new expressions, one after the other, on an empty copy of its table: how PostgreSQL prints the new ones, and
 * which old columns they still name. Without new ones, how it prints the old ones once the old columns have other names. No lock but
 * the weakest is taken on anything that is in use; the copy is gone when the call ends.
 */
const tried = `CREATE OR REPLACE FUNCTION underpin.tried_policy(of_table text, copy text, markers jsonb, added jsonb, made text, replaced text)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  relation text := format('underpin.%I', copy);
  path text := current_setting('search_path');
  part record;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', relation, of_table::regclass);
  FOR part IN SELECT a.statement FROM jsonb_array_elements_text(added) AS a (statement) LOOP
    EXECUTE part.statement;
  END LOOP;
  EXECUTE made;
  IF replaced IS NOT NULL THEN
    EXECUTE replaced;
  ELSE
    FOR part IN SELECT m.key AS name, m.value AS marker FROM jsonb_each_text(markers) AS m LOOP
      EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', relation, part.name, part.marker);
    END LOOP;
  END IF;
  PERFORM set_config('search_path', '', true);
  RETURN QUERY SELECT (${printedExpressions} || jsonb_build_object('still', (
    SELECT coalesce(jsonb_agg(DISTINCT a.attname), '[]')
    FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid IN (relation::regclass, of_table::regclass) AND a.attname IN (SELECT jsonb_object_keys(markers)))))::text
  FROM pg_policy AS p WHERE p.polrelid = relation::regclass;
  PERFORM set_config('search_path', path, true);
  EXECUTE format('DROP TABLE %s', relation);
END`,
  'tried',
)}`;

export const installDependentPolicies: readonly Statement[] = [boundParts, describe, tried].map(
  installShared,
);

export const askDependentPolicies = (table: TableName, columns: readonly string[]): Statement => ({
  text: 'SELECT * FROM underpin.dependent_policies(:table, (:columns)::jsonb)',
  parameters: { table: qualifiedName(table), columns: JSON.stringify(columns) },
});

export const triedPolicy = expressions.extend({ still: z.array(z.string()) });

export interface TriedPolicy {
  readonly table: TableName;
  readonly copy: string;
  /** By the old columns' names. */
  readonly markers: Readonly<Record<string, string>>;
  /** What adds the new columns to the copy. */
  readonly added: readonly string[];
  readonly made: string;
  readonly replaced: string | null;
}

export const askTriedPolicy = (asked: TriedPolicy): Statement => ({
  text: 'SELECT * FROM underpin.tried_policy(:table, :copy, (:markers)::jsonb, (:added)::jsonb, :made, :replaced)',
  parameters: {
    table: qualifiedName(asked.table),
    copy: asked.copy,
    markers: JSON.stringify(asked.markers),
    added: JSON.stringify(asked.added),
    made: asked.made,
    replaced: asked.replaced,
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
