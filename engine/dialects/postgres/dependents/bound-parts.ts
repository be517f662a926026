import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { installShared } from '../ledger-schema.ts';
import { isOurTrigger } from '../made-names.ts';
import { dollarQuoted, qualifiedName } from '../quote.ts';

/** Of a trigger `t`: it, and what partitions have of it. */
const family = `WITH RECURSIVE family AS (
    SELECT t.oid, t.tgrelid, t.tgname, t.tgenabled
    UNION ALL
    SELECT g.oid, g.tgrelid, g.tgname, g.tgenabled FROM family AS f JOIN pg_trigger AS g ON g.tgparentid = f.oid
  )`;

const triggers = `SELECT CASE
    WHEN NOT has_function_privilege(t.tgfoid, 'EXECUTE') THEN 'this role may not execute its function'
    WHEN t.tgconstrrelid <> 0 AND NOT has_table_privilege(t.tgconstrrelid, 'TRIGGER')
      THEN 'this role may not create a trigger on the table that it refers to' END AS obstacle,
  pg_get_triggerdef(t.oid) AS trial,
  format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) AS aside,
  jsonb_build_array(pg_get_triggerdef(t.oid)) || (
  ${family}
  SELECT coalesce(jsonb_agg(s.statement), '[]') FROM (
    SELECT format('ALTER TABLE ONLY %s %s TRIGGER %I', f.tgrelid::regclass,
             CASE f.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, f.tgname) AS statement
    FROM family AS f WHERE f.tgenabled <> 'O'
    UNION ALL
    SELECT format('COMMENT ON TRIGGER %I ON %s IS %L', f.tgname, f.tgrelid::regclass, obj_description(f.oid, 'pg_trigger'))
    FROM family AS f WHERE obj_description(f.oid, 'pg_trigger') IS NOT NULL
    UNION ALL
    SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', t.tgname, t.tgrelid::regclass, obj_description(t.tgconstraint, 'pg_constraint'))
    WHERE obj_description(t.tgconstraint, 'pg_constraint') IS NOT NULL) AS s) AS again
  FROM pg_trigger AS t
  WHERE b.classid = 'pg_trigger'::regclass AND t.oid = b.objid AND t.tgrelid = b.refobjid AND NOT t.tgisinternal
    AND NOT ${isOurTrigger('t.tgname')}`;

/** ALTER POLICY keeps what it does not name: for the moment the policy asks for nothing, and so knows no column. */
const policies = `SELECT NULL,
  format('CREATE POLICY %I ON %s FOR %s%s%s', p.polname, p.polrelid::regclass,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
  format('ALTER POLICY %I ON %s%s%s', p.polname, p.polrelid::regclass,
    CASE WHEN p.polqual IS NOT NULL THEN ' USING (true)' END, CASE WHEN p.polwithcheck IS NOT NULL THEN ' WITH CHECK (true)' END),
  jsonb_build_array(format('ALTER POLICY %I ON %s%s%s', p.polname, p.polrelid::regclass,
    ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'))
  FROM pg_policy AS p
  WHERE b.classid = 'pg_policy'::regclass AND p.oid = b.objid AND p.polrelid = b.refobjid`;

const rules = `SELECT NULL, pg_get_ruledef(r.oid), format('DROP RULE %I ON %s', r.rulename, r.ev_class::regclass),
  jsonb_build_array(pg_get_ruledef(r.oid)) || (
  SELECT coalesce(jsonb_agg(s.statement), '[]') FROM (
    SELECT format('ALTER TABLE ONLY %s %s RULE %I', r.ev_class::regclass,
             CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, r.rulename) AS statement
    WHERE r.ev_enabled <> 'O'
    UNION ALL
    SELECT format('COMMENT ON RULE %I ON %s IS %L', r.rulename, r.ev_class::regclass, obj_description(r.oid, 'pg_rewrite'))
    WHERE obj_description(r.oid, 'pg_rewrite') IS NOT NULL) AS s)
  FROM pg_rewrite AS r
  WHERE b.classid = 'pg_rewrite'::regclass AND r.oid = b.objid AND r.ev_class = b.refobjid`;

/**
 * The triggers, policies and rules of a table that know one of the columns by its number: how each is set aside and made again
 * as it is, and why it cannot be; null where it can. `trial`: a statement that makes it, without what hangs on it. `again`: the first
 * of these statements gives it its text.
 */
const boundParts = `CREATE OR REPLACE FUNCTION underpin.bound_parts(of_table text, columns jsonb)
  RETURNS TABLE (class oid, part oid, what text, obstacle text, trial text, aside text, again jsonb)
  LANGUAGE sql
  SET search_path = ''
AS ${dollarQuoted(
  `SELECT b.classid, b.objid, pg_describe_object(b.classid, b.objid, 0),
  CASE WHEN EXISTS (SELECT FROM pg_depend AS x WHERE x.classid = b.classid AND x.objid = b.objid AND x.deptype IN ('e', 'x'))
       THEN 'it belongs to an extension' ELSE p.obstacle END,
  p.trial, p.aside, p.again
FROM (
  SELECT DISTINCT d.classid, d.objid, d.refobjid
  FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = of_table::regclass
    AND a.attname IN (SELECT jsonb_array_elements_text(columns))
) AS b
CROSS JOIN LATERAL (
  ${[triggers, policies, rules].join('\n  UNION ALL\n  ')}
) AS p
ORDER BY 3`,
  'parts',
)}`;

export const installBoundParts: Statement = installShared(boundParts);

const bound = 'underpin.bound_parts(:table, (:columns)::jsonb) AS b';
const about = (table: TableName, columns: readonly string[]) => ({
  table: qualifiedName(table),
  columns: JSON.stringify(columns),
});

/** What planning must know of them. */
export const askBoundParts = (table: TableName, columns: readonly string[]): Statement => ({
  text: `SELECT json_build_object('what', b.what, 'obstacle', b.obstacle, 'trial', b.trial, 'again', b.again ->> 0)::text FROM ${bound}`,
  parameters: about(table, columns),
});

/** Those that cannot be made again. The functions are there since the plan was made. */
export const askStuckParts = (table: TableName, columns: readonly string[]): Statement => ({
  text: `SELECT json_build_object('what', format('%s, which cannot be made again: %s', b.what, b.obstacle))::text
FROM ${bound}
WHERE b.obstacle IS NOT NULL`,
  parameters: about(table, columns),
});
