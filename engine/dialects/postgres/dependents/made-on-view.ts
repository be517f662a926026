import * as z from 'zod';
import type { Database } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';

/**
 * What somebody has made on a view, and why it cannot read a table in the view's place; null where it can. A view and a function
 * with a parsed body know the view by its number, and can be replaced where they are. What belongs to the view itself keeps it from
 * nothing, and would go with it in silence.
 */
const madeOnView = `CREATE OR REPLACE FUNCTION underpin.made_on_view(of_view oid)
  RETURNS TABLE (what text, reader oid, routine oid, obstacle text)
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT DISTINCT
  CASE WHEN v.oid IS NULL THEN pg_describe_object(d.classid, d.objid, d.objsubid)
       ELSE pg_describe_object('pg_class'::regclass, v.oid, 0) END,
  v.oid, p.oid,
  CASE
    WHEN d.refclassid = 'pg_type'::regclass THEN 'uses the row type of the view'
    WHEN NOT coalesce(v.relkind = 'v', p.prosqlbody IS NOT NULL, false) THEN 'cannot be replaced where it is'
    WHEN v.relpersistence <> 'p' THEN 'is temporary'
    WHEN EXISTS (SELECT FROM pg_depend AS e
                 WHERE e.deptype = 'e' AND ((e.classid = 'pg_class'::regclass AND e.objid = v.oid)
                                            OR (e.classid = 'pg_proc'::regclass AND e.objid = p.oid)))
      THEN 'belongs to an extension'
    WHEN NOT pg_has_role(coalesce(v.relowner, p.proowner), 'USAGE') THEN 'belongs to another role'
    WHEN NOT has_schema_privilege(coalesce(v.relnamespace, p.pronamespace), 'CREATE')
      THEN 'is in a schema in which the role of the migration may not create'
    WHEN p.proleakproof AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
      THEN 'is LEAKPROOF, and only a superuser may replace it'
    WHEN p.oid IS NOT NULL AND NOT (SELECT has_language_privilege(l.oid, 'USAGE') FROM pg_language AS l WHERE l.oid = p.prolang)
      THEN 'is in a language that the role of the migration may not use'
  END
FROM pg_class AS c
LEFT JOIN pg_type AS t ON t.oid = c.reltype
JOIN pg_depend AS d ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
                    OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray))
LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_class AS v ON v.oid = r.ev_class AND r.rulename = '_RETURN'
LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
WHERE c.oid = of_view AND r.ev_class IS DISTINCT FROM c.oid
  AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (t.oid, t.typarray))
  AND NOT EXISTS (SELECT FROM pg_attrdef AS f WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adrelid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND g.tgrelid = c.oid)
UNION ALL
SELECT pg_describe_object(o.class, o.oid, 0), NULL, NULL, 'would go with the view'
FROM (
  SELECT 'pg_rewrite'::regclass AS class, oid FROM pg_rewrite WHERE ev_class = of_view AND rulename <> '_RETURN'
  UNION ALL
  SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid = of_view AND NOT tgisinternal
  UNION ALL
  SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = of_view
) AS o`,
  'made',
)};`;

/**
 * Lets what was made on a view read a table in its place. PostgreSQL prints each definition while the view, and the columns that the
 * table calls otherwise, have names that occur nowhere else: so they can be replaced in its text for sure.
 */
const carryOver = `CREATE OR REPLACE FUNCTION underpin.carry_over(of_view text, to_table text, columns jsonb)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  leaving oid := of_view::regclass;
  stuck text;
  was record;
  called text;
  marks jsonb := '{}';
  mark record;
  each record;
  its text;
  made jsonb := '[]';
BEGIN
  IF NOT EXISTS (SELECT FROM underpin.made_on_view(leaving)) THEN
    RETURN;
  END IF;
  SELECT string_agg(DISTINCT format('%s, which %s', m.what, m.obstacle), '; ') INTO stuck
  FROM underpin.made_on_view(leaving) AS m WHERE m.obstacle IS NOT NULL;
  IF stuck IS NOT NULL THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format(
      'somebody has made on the view in the place of a table what cannot be carried over to %s: %s. Drop it, then start again', to_table, stuck);
  END IF;
  -- Those made since the unit began, too.
  PERFORM underpin.lock_readers_first(of_view);
  SELECT c.relname, quote_ident(s.nspname) AS place INTO was FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE c.oid = leaving;
  called := 'u' || md5(random()::text || clock_timestamp()::text);
  FOR each IN SELECT key AS name FROM jsonb_each(columns) LOOP
    its := 'u' || md5(each.name || random()::text || clock_timestamp()::text);
    EXECUTE format('ALTER VIEW %s RENAME COLUMN %I TO %I', leaving::regclass, each.name, its);
    marks := marks || jsonb_build_object(its, columns ->> each.name);
  END LOOP;
  EXECUTE format('ALTER VIEW %s RENAME TO %I', leaving::regclass, called);
  FOR each IN
    SELECT DISTINCT m.what, m.reader, v.reloptions,
      CASE WHEN m.reader IS NULL THEN pg_get_functiondef(m.routine) ELSE pg_get_viewdef(m.reader) END AS text
    FROM underpin.made_on_view(leaving) AS m LEFT JOIN pg_class AS v ON v.oid = m.reader
  LOOP
    its := replace(each.text, was.place || '.' || called, to_table::regclass::text);
    its := replace(its, called, (SELECT quote_ident(c.relname) FROM pg_class AS c WHERE c.oid = to_table::regclass));
    FOR mark IN SELECT key AS name, value AS becomes FROM jsonb_each_text(marks) LOOP
      its := replace(its, mark.name, quote_ident(mark.becomes));
    END LOOP;
    IF each.reader IS NOT NULL THEN
      its := format('CREATE OR REPLACE VIEW %s%s AS %s', each.reader::regclass, (
        SELECT ' WITH (' || string_agg(format('%I = %L', split_part(o.value, '=', 1), substr(o.value, strpos(o.value, '=') + 1)), ', ') || ')'
        FROM unnest(each.reloptions) AS o (value)), its);
    END IF;
    made := made || jsonb_build_object('what', each.what, 'text', its);
  END LOOP;
  EXECUTE format('ALTER VIEW %s RENAME TO %I', leaving::regclass, was.relname);
  FOR each IN SELECT m.value ->> 'what' AS what, m.value ->> 'text' AS text FROM jsonb_array_elements(made) AS m LOOP
    BEGIN
      EXECUTE each.text;
    EXCEPTION WHEN syntax_error_or_access_rule_violation OR feature_not_supported THEN
      RAISE dependent_objects_still_exist USING MESSAGE = format(
        'somebody has made %s on the view in the place of a table, and it cannot be carried over to %s: %s. Drop it, then start again',
        each.what, to_table, SQLERRM);
    END;
  END LOOP;
END`,
  'carry',
)};`;

export const installMadeOnView: readonly string[] = [madeOnView, carryOver];

/** Lets what somebody has made on a view read the table that has the name by then. `columns`: by the view's name of each that is another's there. */
export const carriedOver = (
  view: TableName,
  to: TableName,
  columns: Readonly<Record<string, string>>,
): string =>
  `DO ${dollarQuoted(
    `BEGIN
  PERFORM underpin.carry_over(${literal(qualifiedName(view))}, ${literal(qualifiedName(to))}, ${literal(JSON.stringify(columns))});
END`,
    'carried',
  )}`;

const found = z.object({ what: z.string(), obstacle: z.string().nullable() });

export interface MadeOnView {
  /** What is carried over to the table when the view goes. */
  readonly carried: readonly string[];
  /** What keeps the view from going, and why. */
  readonly stuck: readonly string[];
}

/** What somebody has made on a view in the place of a table. The functions are there since the start. */
export async function askMadeOnView(database: Database, view: TableName): Promise<MadeOnView> {
  const all = await database.rows(
    {
      text: `SELECT json_build_object('what', m.what, 'obstacle', m.obstacle)::text
FROM underpin.made_on_view(${literal(qualifiedName(view))}::regclass) AS m
ORDER BY m.what, m.obstacle`,
    },
    found,
  );
  const stuck = all.flatMap(({ what, obstacle }) => (obstacle === null ? [] : [{ what, obstacle }]));
  return {
    carried: [
      ...new Set(all.map(({ what }) => what).filter((what) => stuck.every((each) => each.what !== what))),
    ],
    stuck: stuck.map(({ what, obstacle }) => `${what}, which ${obstacle}`),
  };
}
