import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { trialWithinMs } from '../evaluated.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';

/**
 * Views over an empty copy of their table, once it has been changed as the table will be: how PostgreSQL prints each, and what
 * it says against the first that it refuses. No lock but the weakest is taken on anything that is in use, no row is there, and
 * nothing is evaluated; the copy is gone when the call ends.
 */
export const installTriedViews: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.tried_views(of_table text, copy text, changed jsonb, leaving jsonb, views jsonb)
  RETURNS SETOF text
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `DECLARE
  relation text := format('underpin.%I', copy);
  path text := current_setting('search_path');
  part record;
  trial text;
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', relation, of_table::regclass);
  FOR part IN SELECT s.statement FROM jsonb_array_elements_text(changed) AS s (statement) LOOP
    EXECUTE part.statement;
  END LOOP;
  FOR part IN SELECT v.value ->> 'name' AS name, v.value ->> 'statement' AS statement
              FROM jsonb_array_elements(views) WITH ORDINALITY AS v (value, n) ORDER BY v.n LOOP
    BEGIN
      EXECUTE part.statement;
    EXCEPTION WHEN OTHERS THEN
      RETURN NEXT json_build_object('refused', SQLERRM)::text;
      EXIT;
    END;
    trial := format('underpin.%I', part.name);
    PERFORM set_config('search_path', '', true);
    RETURN NEXT json_build_object('definition', pg_get_viewdef(trial::regclass),
      'columns', (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
                  FROM pg_attribute AS a WHERE a.attrelid = trial::regclass AND a.attnum > 0),
      'stays', EXISTS (
        SELECT FROM pg_rewrite AS r
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE r.ev_class = trial::regclass AND d.refclassid = 'pg_class'::regclass
          AND (d.refobjid = of_table::regclass
               OR (d.refobjid = relation::regclass AND a.attname IN (SELECT jsonb_array_elements_text(leaving))))))::text;
    PERFORM set_config('search_path', path, true);
  END LOOP;
  EXECUTE format('DROP TABLE %s CASCADE', relation);
END`,
    'tried',
  )}`,
);

/** Each view as it is made on the copy. */
export interface TriedViews {
  readonly table: TableName;
  readonly copy: string;
  readonly changed: readonly string[];
  readonly leaving: readonly string[];
  readonly views: readonly { readonly name: string; readonly statement: string }[];
}

export const askTriedViews = (asked: TriedViews): Statement => ({
  text: 'SELECT * FROM underpin.tried_views(:table, :copy, (:changed)::jsonb, (:leaving)::jsonb, (:views)::jsonb)',
  parameters: {
    table: qualifiedName(asked.table),
    copy: asked.copy,
    changed: JSON.stringify(asked.changed),
    leaving: JSON.stringify(asked.leaving),
    views: JSON.stringify(asked.views),
  },
  catalogOnly: true,
  withinMs: trialWithinMs,
});
