import type { Statement } from '../../../database/database.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';
import { hashOfView, longestDefinition } from './view-unit.ts';
import type { TableName } from '../../../spec/table-name.ts';

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

/**
 * A view's old and new definition, one after the other, over an empty copy of its table: whether PostgreSQL takes the one for
 * the other, and how it prints it. Without a new one, how it prints the old one once the old columns have other names. No lock
 * but the weakest is taken on anything that is in use; the copy is gone when the call ends. What is planned is only the
 * definition: no row is there, and nothing is evaluated.
 */
export const installTriedView: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.tried_view(of_table text, copy text, markers jsonb, added jsonb, made text, replaced text)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  relation text := format('underpin.%I', copy);
  trial text := format('underpin.%I', copy || '_view');
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
  RETURN NEXT json_build_object('definition', pg_get_viewdef(trial::regclass), 'still', (
    SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
    FROM pg_rewrite AS r
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE r.ev_class = trial::regclass AND d.refclassid = 'pg_class'::regclass
      AND ((d.refobjid = relation::regclass AND a.attname IN (SELECT jsonb_object_keys(markers)))
           OR (d.refobjid = of_table::regclass))))::text;
  PERFORM set_config('search_path', path, true);
  EXECUTE format('DROP VIEW %s', trial);
  EXECUTE format('DROP TABLE %s', relation);
END`,
    'tried',
  )}`,
);

export interface TriedView {
  readonly table: TableName;
  readonly copy: string;
  /** By the old columns' names. */
  readonly markers: Readonly<Record<string, string>>;
  /** What adds the new columns to the copy. */
  readonly added: readonly string[];
  readonly made: string;
  readonly replaced: string | null;
}

export const askTriedView = (asked: TriedView): Statement => ({
  text: 'SELECT * FROM underpin.tried_view(:table, :copy, (:markers)::jsonb, (:added)::jsonb, :made, :replaced)',
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

/** The hash that a view will have by another definition. */
export const askHash = (definition: string, options: readonly string[]): Statement => ({
  text: `SELECT json_build_object('hash', md5(:definition || coalesce((
  SELECT array_agg(o.value ORDER BY o.n)::text FROM jsonb_array_elements_text((:options)::jsonb) WITH ORDINALITY AS o (value, n)), '')))::text`,
  parameters: { definition, options: JSON.stringify(options) },
});
