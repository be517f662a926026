import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';
import { hashOfView, longestDefinition } from './view-unit.ts';

/** The views over some columns of a table and the views over those, by how many of them are below each. */
const viewsOver = `CREATE OR REPLACE FUNCTION underpin.views_over(of_table text, columns jsonb)
  RETURNS TABLE (view oid, depth integer)
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `WITH RECURSIVE reading AS MATERIALIZED (
  SELECT DISTINCT r.ev_class AS reader, r.rulename = '_RETURN' AS selects, d.refobjid AS read, d.refobjsubid AS part
  FROM pg_rewrite AS r
  JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  JOIN pg_class AS c ON c.oid = r.ev_class AND c.relkind = 'v'
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
), found AS (
  SELECT r.reader AS view
  FROM reading AS r
  JOIN pg_attribute AS a ON a.attrelid = r.read AND a.attnum = r.part
  WHERE r.read = of_table::regclass AND a.attname IN (SELECT jsonb_array_elements_text(columns))
  UNION
  SELECT r.reader FROM found AS f JOIN reading AS r ON r.read = f.view
), deep AS (
  SELECT f.view, 1 AS depth FROM found AS f
  UNION
  SELECT r.reader, d.depth + 1 FROM deep AS d JOIN reading AS r ON r.read = d.view AND r.selects
)
SELECT view, max(depth) FROM deep GROUP BY view`,
  'over',
)}`;

/** Why a view cannot be dropped and made again as it is; null where it can. */
const viewObstacle = `CREATE OR REPLACE FUNCTION underpin.view_obstacle(of_view oid)
  RETURNS text
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT CASE
  WHEN EXISTS (SELECT FROM pg_depend AS d
               WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'x'))
    THEN 'it belongs to an extension'
  WHEN NOT pg_has_role(c.relowner, 'USAGE')
       OR NOT pg_has_role(c.relowner, CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
    THEN 'it belongs to another role: its owner has to drop it before and create it again afterwards'
  WHEN NOT has_schema_privilege(c.relnamespace, 'CREATE') OR NOT has_schema_privilege(c.relowner, c.relnamespace, 'CREATE')
    THEN 'this role and its owner may not both create a view in its schema'
  WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS g WHERE g.grantor <> c.relowner)
       OR EXISTS (SELECT FROM pg_attribute AS a CROSS JOIN aclexplode(a.attacl) AS g
                  WHERE a.attrelid = c.oid AND g.grantor <> c.relowner)
    THEN 'somebody else than its owner has granted rights to it'
  WHEN EXISTS (SELECT FROM pg_seclabel AS l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = c.oid)
    THEN 'it has a security label'
  ELSE (
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ') || ' depends on it'
    FROM pg_depend AS d
    LEFT JOIN pg_type AS t ON t.oid = c.reltype
    WHERE ((d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
           OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)))
      AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (t.oid, t.typarray))
      AND NOT EXISTS (SELECT FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
                      WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid)
      AND NOT EXISTS (SELECT FROM pg_attrdef AS f
                      WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adrelid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_trigger AS g
                      WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND g.tgrelid = c.oid))
END
FROM pg_class AS c WHERE c.oid = of_view`,
  'obstacle',
)}`;

/** What planning must know of them, the lowest first. */
const describeViewsOver = `CREATE OR REPLACE FUNCTION underpin.described_views_over(of_table text, columns jsonb)
  RETURNS SETOF text
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'printed', c.oid::regclass::text, 'table', of_table::regclass::text,
  'obstacle', underpin.view_obstacle(c.oid),
  'options', coalesce(to_json(c.reloptions), '[]'), 'hash', ${hashOfView},
  'definition', CASE WHEN length(pg_get_viewdef(c.oid)) <= ${longestDefinition} THEN pg_get_viewdef(c.oid) END,
  'columns', (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
              FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0))::text
FROM underpin.views_over(of_table, columns) AS o
JOIN pg_class AS c ON c.oid = o.view
JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY o.depth, n.nspname, c.relname`,
  'described',
)}`;

export const installViewsOver: readonly Statement[] = [viewsOver, viewObstacle, describeViewsOver].map(
  installShared,
);

export const askViewsOver = (table: TableName, columns: readonly string[]): Statement => ({
  text: 'SELECT * FROM underpin.described_views_over(:table, (:columns)::jsonb)',
  parameters: { table: qualifiedName(table), columns: JSON.stringify(columns) },
});
