import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { askTrial, installTrial, type Trial } from './tried-on-copy.ts';

/**
 * Views over a copy of their table, once it has been changed as the table will be: how PostgreSQL prints each, and what it says
 * against the first that it refuses. Nothing is evaluated.
 */
const triedViews: Trial<'changed' | 'leaving' | 'views', never> = {
  name: 'tried_views',
  json: ['changed', 'leaving', 'views'],
  texts: [],
  changedBy: 'changed',
  declares: '  trial text;',
  body: `  FOR part IN SELECT v.value ->> 'name' AS name, v.value ->> 'statement' AS statement
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
  -- One that reads something else would not go with the copy.
  FOR part IN SELECT v.value ->> 'name' AS name FROM jsonb_array_elements(views) AS v (value) LOOP
    EXECUTE format('DROP VIEW IF EXISTS underpin.%I CASCADE', part.name);
  END LOOP;`,
};

export const installTriedViews: Statement = installTrial(triedViews);

/** Each view as it is made on the copy. */
export interface TriedViews {
  readonly table: TableName;
  readonly copy: string;
  readonly changed: readonly string[];
  readonly leaving: readonly string[];
  readonly views: readonly { readonly name: string; readonly statement: string }[];
}

export const askTriedViews = ({ table, copy, changed, leaving, views }: TriedViews): Statement =>
  askTrial(triedViews, { table, copy, json: { changed, leaving, views }, texts: {} });
