import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { performCall } from '../perform-call.ts';
import { dollarQuoted, literal, qualifiedName } from '../quote.ts';
import { hashOfView } from './view-unit.ts';

/** The statements that grant the rights of a list, each role's in one, in the order of the list. */
const granted = (acl: string, columns: string): string =>
  `SELECT min(g.n) AS n, format('GRANT %s ON %s TO %s%s', string_agg(g.privilege_type || ${columns}, ', ' ORDER BY g.n), c.oid::regclass,
         CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
         CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
  FROM aclexplode(${acl}) WITH ORDINALITY AS g (grantor, grantee, privilege_type, is_grantable, n)
  GROUP BY g.grantee, g.is_grantable`;

/** All that hangs on a view and would go with it, as statements that give it back; its owner is not among them. */
const attachedToView = `CREATE OR REPLACE FUNCTION underpin.attached_to_view(of_view oid)
  RETURNS jsonb
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT jsonb_build_object('grants', (
  SELECT coalesce(jsonb_agg(g.statement ORDER BY g.n), '[]') FROM (
  ${granted(`coalesce(c.relacl, acldefault('r', c.relowner))`, `''`)}) AS g
), 'rest', (
  SELECT coalesce(jsonb_agg(s.statement ORDER BY s.rank, s.n), '[]') FROM (
  SELECT 1 AS rank, a.attnum::bigint AS n,
         format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', c.oid::regclass, a.attname, pg_get_expr(f.adbin, f.adrelid)) AS statement
  FROM pg_attrdef AS f JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
  WHERE f.adrelid = c.oid
  UNION ALL
  SELECT 2, 0, pg_get_ruledef(r.oid) FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
  UNION ALL
  SELECT 3, 0, pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
  UNION ALL
  SELECT 4, g.n, g.statement FROM pg_attribute AS a CROSS JOIN LATERAL (
  ${granted('a.attacl', `format(' (%I)', a.attname)`)}) AS g
  WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
  UNION ALL
  SELECT 5, 0, format('COMMENT ON VIEW %s IS %L', c.oid::regclass, obj_description(c.oid, 'pg_class'))
  WHERE obj_description(c.oid, 'pg_class') IS NOT NULL
  UNION ALL
  SELECT 5, a.attnum, format('COMMENT ON COLUMN %s.%I IS %L', c.oid::regclass, a.attname, col_description(c.oid, a.attnum))
  FROM pg_attribute AS a WHERE a.attrelid = c.oid AND col_description(c.oid, a.attnum) IS NOT NULL
  UNION ALL
  SELECT 6, 0, format('COMMENT ON RULE %I ON %s IS %L', r.rulename, c.oid::regclass, obj_description(r.oid, 'pg_rewrite'))
  FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND obj_description(r.oid, 'pg_rewrite') IS NOT NULL
  UNION ALL
  SELECT 6, 1, format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, c.oid::regclass, obj_description(t.oid, 'pg_trigger'))
  FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND obj_description(t.oid, 'pg_trigger') IS NOT NULL
  ) AS s))
FROM pg_class AS c WHERE c.oid = of_view`,
  'attached',
)}`;

/**
 * Notes the views over columns, for the rest of the transaction, and drops them: the uppermost first, as their readers lock
 * them. Where something stands against it, it says so; on the way back it leaves them where they are instead.
 */
const setAside = `CREATE OR REPLACE FUNCTION underpin.set_views_aside(of_table text, columns jsonb, is_way_back boolean)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  each record;
  against text;
  noted jsonb;
BEGIN
  FOR each IN
    SELECT o.view, c.relnamespace FROM underpin.views_over(of_table, columns) AS o JOIN pg_class AS c ON c.oid = o.view
    WHERE pg_has_role(c.relowner, 'USAGE')
    ORDER BY o.depth DESC, o.view
  LOOP
    -- Changes nothing, and keeps others from changing the view from here on.
    EXECUTE format('ALTER VIEW %s SET SCHEMA %s', each.view::regclass, each.relnamespace::regnamespace);
  END LOOP;
  SELECT string_agg(format('view %s cannot be made again: %s', o.view::regclass, underpin.view_obstacle(o.view)), '; ')
  INTO against
  FROM underpin.views_over(of_table, columns) AS o
  WHERE underpin.view_obstacle(o.view) IS NOT NULL;
  IF against IS NOT NULL AND NOT is_way_back THEN
    RAISE dependent_objects_still_exist USING MESSAGE = against;
  END IF;
  IF against IS NULL THEN
    SELECT jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'owner', c.relowner,
      'options', to_jsonb(c.reloptions), 'acl', c.relacl::text, 'hash', ${hashOfView},
      'definition', pg_get_viewdef(c.oid), 'attached', underpin.attached_to_view(c.oid)) ORDER BY o.depth, o.view)
    INTO noted
    FROM underpin.views_over(of_table, columns) AS o
    JOIN pg_class AS c ON c.oid = o.view
    JOIN pg_namespace AS n ON n.oid = c.relnamespace;
    FOR each IN SELECT o.view FROM underpin.views_over(of_table, columns) AS o ORDER BY o.depth DESC, o.view LOOP
      EXECUTE format('DROP VIEW %s', each.view::regclass);
    END LOOP;
  END IF;
  PERFORM set_config('underpin.views_aside', coalesce(noted, '[]')::text, true);
END`,
  'aside',
)}`;

/**
 * Makes the views again that were set aside in this transaction, the lowest first, each by its own text, or by another where
 * it is still the one that was planned for. Whatever hung on them is given back.
 */
const makeAgain = `CREATE OR REPLACE FUNCTION underpin.make_views_again(of_table text, leaving jsonb, definitions jsonb)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = ''
AS ${dollarQuoted(
  `DECLARE
  noted jsonb := current_setting('underpin.views_aside')::jsonb;
  each jsonb;
  called text;
  part text;
BEGIN
  FOR each IN SELECT v.value FROM jsonb_array_elements(noted) WITH ORDINALITY AS v (value, n) ORDER BY v.n LOOP
    called := format('%I.%I', each ->> 'schema', each ->> 'name');
    EXECUTE format('CREATE VIEW %s%s AS %s', called, (
      SELECT ' WITH (' || string_agg(format('%I = %L', split_part(o.value, '=', 1), substr(o.value, strpos(o.value, '=') + 1)), ', ') || ')'
      FROM jsonb_array_elements_text(nullif(each -> 'options', 'null')) AS o (value)), coalesce((
      SELECT d.value ->> 'definition' FROM jsonb_array_elements(definitions) AS d (value)
      WHERE d.value ->> 'schema' = each ->> 'schema' AND d.value ->> 'name' = each ->> 'name' AND d.value ->> 'was' = each ->> 'hash'),
      each ->> 'definition'));
    IF (each ->> 'owner')::oid::regrole::text <> quote_ident(current_user) THEN
      EXECUTE format('ALTER VIEW %s OWNER TO %s', called, (each ->> 'owner')::oid::regrole);
    END IF;
  END LOOP;
  FOR each IN SELECT v.value FROM jsonb_array_elements(noted) WITH ORDINALITY AS v (value, n) ORDER BY v.n LOOP
    called := format('%I.%I', each ->> 'schema', each ->> 'name');
    IF (SELECT c.relacl::text FROM pg_class AS c WHERE c.oid = called::regclass) IS DISTINCT FROM each ->> 'acl' THEN
      FOR part IN
        SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', called, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END)
        FROM pg_class AS c CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS g
        WHERE c.oid = called::regclass
      LOOP
        EXECUTE part;
      END LOOP;
      FOR part IN SELECT jsonb_array_elements_text(each -> 'attached' -> 'grants') LOOP
        EXECUTE part;
      END LOOP;
    END IF;
    FOR part IN SELECT jsonb_array_elements_text(each -> 'attached' -> 'rest') LOOP
      EXECUTE part;
    END LOOP;
  END LOOP;
  SELECT string_agg(o.view::regclass::text, ', ') INTO part
  FROM underpin.views_over(of_table, leaving) AS o
  JOIN jsonb_array_elements(noted) AS v (value)
    ON o.view = to_regclass(format('%I.%I', v.value ->> 'schema', v.value ->> 'name'));
  IF part IS NOT NULL THEN
    RAISE dependent_objects_still_exist
      USING MESSAGE = format('view %s would go on reading the column that leaves: it calls the columns by their places', part);
  END IF;
END`,
  'again',
)}`;

export const installViewsAside: readonly Statement[] = [attachedToView, setAside, makeAgain].map(
  installShared,
);

/** Another text for a view, if it is still the one with this hash. */
export interface ViewText extends TableName {
  readonly was: string;
  readonly definition: string;
}

const json = (value: unknown): string => literal(JSON.stringify(value));

/** Drops the views over columns, and remembers them for `viewsAgain`. */
export const viewsAside = (
  table: TableName,
  columns: readonly string[],
  { isWayBack }: { readonly isWayBack: boolean },
): string =>
  performCall(
    `underpin.set_views_aside(${literal(qualifiedName(table))}, ${json(columns)}, is_way_back => ${isWayBack})`,
    'views',
  );

/** `leaving`: columns that none of them may read any more. */
export const viewsAgain = (
  table: TableName,
  leaving: readonly string[],
  definitions: readonly ViewText[],
): string =>
  performCall(
    `underpin.make_views_again(${literal(qualifiedName(table))}, leaving => ${json(leaving)}, definitions => ${json(definitions)})`,
    'views',
  );
