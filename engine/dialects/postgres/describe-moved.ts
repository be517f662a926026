import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';

// What roles and functions are given as their search_path. What a client sets for itself is not seen.
const paths = `given AS (
  SELECT d.setrole, d.setdatabase, substr(c, length('search_path=') + 1) AS path
  FROM pg_db_role_setting AS d CROSS JOIN LATERAL unnest(d.setconfig) AS c
  WHERE c LIKE 'search\\_path=%'
    AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
), paths AS (
  -- Asked for by its number a role may be dropped meanwhile; by its name that would be an error.
  SELECT r.oid AS role, r.rolname AS role_name, 'role ' || quote_ident(r.rolname) AS who,
         coalesce((SELECT g.path FROM given AS g WHERE g.setrole IN (r.oid, 0)
                   ORDER BY g.setrole = 0, g.setdatabase = 0 LIMIT 1),
                  (SELECT CASE WHEN source IN ('database', 'user', 'database user', 'client', 'override') THEN boot_val ELSE reset_val END
                   FROM pg_settings WHERE name = 'search_path')) AS path
  FROM pg_roles AS r
  WHERE r.rolcanlogin
  UNION ALL
  SELECT NULL, NULL, 'function ' || p.oid::regprocedure::text, substr(c, length('search_path=') + 1)
  FROM pg_proc AS p CROSS JOIN LATERAL unnest(p.proconfig) AS c
  WHERE c LIKE 'search\\_path=%' AND EXISTS (SELECT FROM named WHERE strpos(lower(p.prosrc), lower(named.name)) > 0)
), places AS (
  SELECT p.who, e.place,
         CASE WHEN e.m[2] IS NULL THEN CASE WHEN e.m[1] = '$user' THEN p.role_name ELSE replace(e.m[1], '""', '"') END
              ELSE lower(e.m[2]) END AS schema
  FROM paths AS p
  CROSS JOIN LATERAL regexp_matches(p.path, '"((?:[^"]|"")*)"|([^",\\s]+)', 'g') WITH ORDINALITY AS e (m, place)
), visible AS (
  SELECT l.who, p.role, l.place, l.schema, n.oid
  FROM places AS l JOIN pg_namespace AS n ON n.nspname = l.schema JOIN paths AS p ON p.who = l.who
  WHERE p.role IS NULL OR has_schema_privilege(p.role, n.oid, 'USAGE')
), meant AS (
  SELECT v.who, v.role, d.name,
         (array_agg(v.schema ORDER BY v.place) FILTER (WHERE x.has))[1] AS before,
         (array_agg(v.schema ORDER BY v.place) FILTER (WHERE v.schema = :to OR (x.has AND v.schema <> :schema)))[1] AS after
  FROM visible AS v CROSS JOIN named AS d
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = v.oid AND c.relname = d.name) AS has
  ) AS x
  GROUP BY v.who, v.role, d.name
)`;

const callers = `(SELECT coalesce(json_agg('function ' || p.oid::regprocedure::text ORDER BY p.oid), '[]')
     FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
     WHERE l.lanname NOT IN ('internal', 'c') AND p.pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'underpin')
       AND strpos(lower(p.prosrc), lower(o.relname)) > 0)`;

/** What a table meets in another schema, and what goes there with it: one row. */
export const describeMoved = (table: TableName, to: string): Statement => ({
  text: `WITH t AS (
  SELECT c.oid, c.relname, c.relowner, c.relnamespace, c.relacl, y.typname, a.typname AS array_name
  FROM pg_class AS c JOIN pg_type AS y ON y.oid = c.reltype LEFT JOIN pg_type AS a ON a.oid = y.typarray
  WHERE c.oid = ${literal(qualifiedName(table))}::regclass
), me AS (
  SELECT oid, rolsuper FROM pg_roles WHERE rolname = current_user
), goal AS (
  SELECT oid FROM pg_namespace WHERE nspname = :to
), owned AS (
  SELECT s.oid, s.relname, a.attname, d.deptype = 'i' AS is_identity
  FROM t
  JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = t.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
), named AS (
  SELECT relname AS name FROM t UNION SELECT relname FROM owned
), moving AS (
  SELECT name FROM named
  UNION
  SELECT x.relname FROM t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS x ON x.oid = i.indexrelid
), rights AS (
  SELECT t.relowner AS grantee FROM t
  UNION
  SELECT oid FROM me
  UNION
  SELECT g.grantee
  FROM (SELECT relacl AS acl FROM t UNION ALL SELECT a.attacl FROM t JOIN pg_attribute AS a ON a.attrelid = t.oid) AS r
  CROSS JOIN LATERAL aclexplode(r.acl) AS g
), ${paths}
SELECT json_build_object(
  'schemaThere', EXISTS (SELECT FROM goal),
  'role', current_user,
  'creates', json_build_object(
    'there', coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM goal), false),
    'here', has_schema_privilege(t.relnamespace, 'CREATE')),
  'ownerCreates', (SELECT t.relowner = me.oid OR me.rolsuper FROM me) OR has_schema_privilege(t.relowner, t.relnamespace, 'CREATE'),
  'taken', (SELECT coalesce(json_agg(what ORDER BY what), '[]') FROM (
    SELECT pg_describe_object('pg_class'::regclass, c.oid, 0) AS what
    FROM goal JOIN pg_class AS c ON c.relnamespace = goal.oid JOIN moving ON moving.name = c.relname
    UNION ALL
    SELECT pg_describe_object('pg_type'::regclass, y.oid, 0)
    FROM goal JOIN pg_type AS y ON y.typnamespace = goal.oid
    WHERE y.typname IN (t.typname, t.array_name)
      AND NOT EXISTS (SELECT FROM pg_class AS c JOIN moving ON moving.name = c.relname WHERE c.oid = y.typrelid)) AS taken),
  'withoutUsage', (SELECT coalesce(json_agg(who ORDER BY who), '[]') FROM (
    SELECT CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END AS who
    FROM rights AS r CROSS JOIN goal
    WHERE NOT has_schema_privilege(CASE WHEN r.grantee = 0 THEN 'public' ELSE pg_get_userbyid(r.grantee) END, goal.oid, 'USAGE')) AS lacking),
  'publications', (SELECT coalesce(json_agg(quote_ident(p.pubname) ORDER BY p.pubname), '[]')
    FROM goal JOIN pg_publication_namespace AS n ON n.pnnspid = goal.oid JOIN pg_publication AS p ON p.oid = n.pnpubid),
  'grantedThere', (SELECT coalesce(json_agg(DISTINCT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), '[]')
    FROM goal JOIN pg_default_acl AS d ON d.defaclnamespace = goal.oid AND d.defaclobjtype = 'r' AND d.defaclrole = t.relowner
    CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
    WHERE NOT EXISTS (SELECT FROM aclexplode(t.relacl) AS h WHERE h.grantee = g.grantee AND h.privilege_type = g.privilege_type)
      AND g.grantee <> t.relowner),
  'statistics', (SELECT coalesce(json_agg(quote_ident(x.stxname) ORDER BY x.stxname), '[]')
    FROM pg_statistic_ext AS x WHERE x.stxrelid = t.oid AND x.stxnamespace = t.relnamespace),
  'sequences', (SELECT coalesce(json_agg(json_build_object('name', o.relname, 'column', o.attname, 'identity', o.is_identity,
    'calledBy', ${callers}) ORDER BY o.relname), '[]') FROM owned AS o),
  'meant', (SELECT coalesce(json_agg(json_build_object('who', m.who, 'name', m.name, 'before', m.before, 'after', m.after)
    ORDER BY m.name, m.who), '[]')
    FROM meant AS m
    WHERE (m.before = :schema AND m.after <> :to) OR (m.before <> :schema AND m.after = :to)
      -- Who may do nothing with the table does not miss it.
      OR (m.before = :schema AND m.after IS NULL
          AND (m.role IS NULL OR has_table_privilege(m.role, t.oid, 'SELECT, INSERT, UPDATE, DELETE')
               OR has_any_column_privilege(m.role, t.oid, 'SELECT, INSERT, UPDATE')))))::text
FROM t`,
  parameters: { schema: table.schema, to },
});
