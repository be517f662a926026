import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';
import { hashOfView, longestDefinition } from './view-unit.ts';

/** The views over some columns of a table, as PostgreSQL prints them where no schema is searched. */
export const installDependentViews: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.dependent_views(of_table text, columns jsonb)
  RETURNS SETOF text
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
    `SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'materialized', c.relkind = 'm',
  'owned', pg_has_role(c.relowner, 'USAGE'), 'options', coalesce(to_json(c.reloptions), '[]'),
  'lockedBy', (SELECT a.attname FROM pg_attribute AS a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.atthasdef ORDER BY a.attnum LIMIT 1),
  'table', quote_ident(tn.nspname) || '.' || quote_ident(t.relname),
  'hash', ${hashOfView},
  'definition', CASE WHEN length(pg_get_viewdef(c.oid)) <= ${longestDefinition} THEN pg_get_viewdef(c.oid) END)::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = of_table::regclass
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE c.relkind IN ('v', 'm') AND EXISTS (
  SELECT FROM pg_rewrite AS r
  JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
    AND a.attname IN (SELECT jsonb_array_elements_text(columns)))
ORDER BY 1`,
    'views',
  )}`,
);

export const askDependentViews = (table: TableName, columns: readonly string[]): Statement => ({
  text: 'SELECT * FROM underpin.dependent_views(:table, (:columns)::jsonb)',
  parameters: { table: qualifiedName(table), columns: JSON.stringify(columns) },
});

/** The hash that a view will have by another definition. */
export const askHash = (definition: string, options: readonly string[]): Statement => ({
  text: `SELECT json_build_object('hash', md5(:definition || coalesce((
  SELECT array_agg(o.value ORDER BY o.n)::text FROM jsonb_array_elements_text((:options)::jsonb) WITH ORDINALITY AS o (value, n)), '')))::text`,
  parameters: { definition, options: JSON.stringify(options) },
});
