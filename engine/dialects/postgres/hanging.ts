import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';
import { wordPattern } from './statement-counters.ts';

/**
 * What hangs on a table as a whole. Some of it keeps the table from being dropped, some goes with it, and all of it follows
 * the table to another name: it knows the table by its number.
 */
export const describeHanging = (table: TableName): Statement => ({
  text: `WITH t AS (
  SELECT c.oid, c.reltype, y.typarray
  FROM pg_class AS c LEFT JOIN pg_type AS y ON y.oid = c.reltype
  WHERE c.oid = ${literal(qualifiedName(table))}::regclass
), owned AS (
  SELECT s.oid
  FROM t JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype IN ('a', 'i')
  JOIN pg_class AS s ON d.classid = 'pg_class'::regclass AND s.oid = d.objid AND s.relkind = 'S'
), hangs AS (
  SELECT d.*
  FROM t JOIN pg_depend AS d ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid)
                             OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.reltype, t.typarray))
), found AS (
  SELECT CASE WHEN r.ev_class = t.oid THEN 'own rule' ELSE 'view' END AS kind,
         CASE WHEN r.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0)
              ELSE pg_describe_object('pg_rewrite'::regclass, r.oid, 0) END AS what, NULL AS other
  FROM t, hangs AS d JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
  UNION
  SELECT 'referring key', 'foreign key ' || quote_ident(k.conname) || ' of ' || k.conrelid::regclass::text, k.conrelid::regclass::text
  FROM t JOIN pg_constraint AS k ON k.contype = 'f' AND k.confrelid = t.oid AND k.conrelid <> t.oid AND k.conparentid = 0
  UNION
  SELECT 'own key', 'foreign key ' || quote_ident(k.conname), k.confrelid::regclass::text
  FROM t JOIN pg_constraint AS k ON k.contype = 'f' AND k.conrelid = t.oid AND k.confrelid <> t.oid AND k.conparentid = 0
  UNION
  SELECT CASE WHEN p.polrelid = t.oid THEN 'own policy' ELSE 'policy elsewhere' END,
         pg_describe_object('pg_policy'::regclass, p.oid, 0), NULL
  FROM t, hangs AS d JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
  UNION
  SELECT 'default elsewhere', pg_describe_object(d.classid, d.objid, d.objsubid) || ', by ' || pg_describe_object('pg_class'::regclass, o.oid, 0), NULL
  FROM t, owned AS o JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.oid AND d.deptype = 'n'
  WHERE NOT EXISTS (SELECT FROM pg_attrdef AS f WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adrelid = t.oid)
  UNION
  SELECT CASE WHEN d.refclassid = 'pg_type'::regclass THEN 'row type' ELSE 'function' END,
         pg_describe_object(d.classid, d.objid, 0), NULL
  FROM hangs AS d
  WHERE d.classid = 'pg_proc'::regclass
  UNION
  SELECT 'row type', pg_describe_object(d.classid, d.objid, d.objsubid), NULL
  FROM t, hangs AS d
  WHERE d.refclassid = 'pg_type'::regclass AND d.deptype = 'n' AND d.classid IN ('pg_class'::regclass, 'pg_type'::regclass) AND d.objid <> t.oid
  UNION
  SELECT 'heir', pg_describe_object('pg_class'::regclass, i.inhrelid, 0), NULL
  FROM t JOIN pg_inherits AS i ON i.inhparent = t.oid
  UNION
  SELECT 'own sequence', pg_describe_object('pg_class'::regclass, o.oid, 0), NULL
  FROM owned AS o
  UNION
  SELECT 'own trigger', 'trigger ' || quote_ident(g.tgname), NULL
  FROM t JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
  UNION
  SELECT 'extension', pg_describe_object(d.refclassid, d.refobjid, 0), NULL
  FROM t JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'
  UNION
  SELECT 'subscription', 'subscription ' || quote_ident(s.subname), NULL
  FROM t JOIN pg_subscription_rel AS r ON r.srrelid = t.oid JOIN pg_subscription AS s ON s.oid = r.srsubid
  UNION
  SELECT 'publication', 'publication ' || quote_ident(p.pubname), NULL
  FROM pg_publication_tables AS p
  WHERE p.schemaname = :schema AND p.tablename = :name
)
SELECT json_build_object('kind', kind, 'what', what, 'table', other)::text
FROM found
ORDER BY kind, what`,
  parameters: { schema: table.schema, name: table.name },
});

/** A function's text without its comments. */
const bodyWithoutComments = `(
    SELECT regexp_replace(regexp_replace(p.prosrc, '--[^\\n]*', '', 'g'), '/[*].*?[*]/', '', 'g') AS text
  )`;

// A plan is read by people, and the gates find the rest.
const mostMentions = 20;

/**
 * Functions whose bodies are text that holds the table's name outside of a comment, and how many more there are than are
 * named. They are parsed at the gates, not here.
 */
export const describeTableMentions = (table: TableName): Statement => ({
  text: `WITH found AS (
  SELECT 'function ' || p.oid::regprocedure::text AS name, row_number() OVER (ORDER BY p.oid::regprocedure::text) AS nth
  FROM pg_proc AS p
  JOIN pg_language AS l ON l.oid = p.prolang
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  CROSS JOIN LATERAL ${bodyWithoutComments} AS b
  WHERE p.prokind <> 'a' AND p.prosqlbody IS NULL AND l.lanname NOT IN ('internal', 'c')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'underpin')
    AND b.text ~* :table_word
    AND NOT EXISTS (SELECT FROM pg_depend AS d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), shown AS (
  SELECT nth, name FROM found WHERE nth <= ${mostMentions}
  UNION ALL
  SELECT ${mostMentions} + 1, CASE count(*) WHEN 1 THEN 'another function' ELSE format('each of %s more functions', count(*)) END
  FROM found WHERE nth > ${mostMentions} HAVING count(*) > 0
)
SELECT json_build_object('name', name)::text
FROM shown
ORDER BY nth`,
  parameters: { table_word: wordPattern(table.name) },
});
