import type { Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { identityOf } from '../identity.ts';
import { regclass } from '../quote.ts';

/** Whether who asks may let columns refer to what a foreign key refers to. */
const mayRefer = `(SELECT has_schema_privilege(o.relnamespace, 'USAGE') AND (has_table_privilege(o.oid, 'REFERENCES') OR (
                        SELECT bool_and(has_column_privilege(o.oid, attnum, 'REFERENCES')) FROM unnest(k.confkey) AS r (attnum)))
                      FROM pg_class AS o WHERE o.oid = k.confrelid)`;

/** Tables whose rows go with those of another one, by foreign keys that delete, and that one. */
const deletedWith = (name: string, table: string): string => `${name} (oid) AS (
                        SELECT ${table}
                        UNION
                        SELECT p.confrelid FROM ${name} AS r JOIN pg_constraint AS p ON p.conrelid = r.oid AND p.contype = 'f' AND p.confdeltype = 'c'
                      )`;

/** Where one DELETE takes rows of the foreign key's table, and what they refer to as well. */
const goTogether = `(WITH RECURSIVE ${deletedWith('referred', 'k.confrelid')}, ${deletedWith('referring', 'k.conrelid')}
                      SELECT string_agg(oid::regclass::text, ', ' ORDER BY oid::regclass::text) FROM referred JOIN referring USING (oid))`;

/** What a table has as a whole, in one row. */
export const describeCopied = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'role', current_user,
  'ownerCreates', has_schema_privilege(c.relowner, c.relnamespace, 'CREATE'),
  'persistence', CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END,
  'typed', CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
  'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = c.reltablespace),
  'options', coalesce(to_json(c.reloptions), '[]'),
  'rowSecurity', c.relrowsecurity OR c.relforcerowsecurity,
  'replicaIdentity', CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END,
  'grants', (SELECT coalesce(json_agg(json_build_object(
               'grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
               'privilege', g.privilege_type, 'grantable', g.is_grantable)
               ORDER BY pg_get_userbyid(g.grantee), g.privilege_type), '[]')
             FROM aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner),
  'constraints', (SELECT coalesce(json_agg(json_build_object(
                    'name', k.conname,
                    'kind', CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key'
                                           WHEN 'u' THEN 'unique' ELSE 'exclusion' END,
                    'definition', pg_get_constraintdef(k.oid),
                    'columns', (SELECT coalesce(json_agg(a.attname ORDER BY n), '[]')
                                FROM unnest(k.conkey) WITH ORDINALITY AS m (attnum, n)
                                JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = m.attnum),
                    'valid', k.convalidated, 'deferrable', k.condeferrable,
                    'comment', obj_description(k.oid, 'pg_constraint'),
                    'refersTo', CASE WHEN k.confrelid <> 0 THEN k.confrelid::regclass::text END,
                    'toItself', k.confrelid = c.oid,
                    'reference', CASE WHEN k.contype = 'f' THEN json_build_object(
                      'onDelete', CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
                                                     WHEN 'n' THEN 'set null' ELSE 'set default' END,
                      'full', k.confmatchtype = 'f', 'deferred', k.condeferred, 'together', ${goTogether}, 'granted', ${mayRefer}) END) ORDER BY k.conname), '[]')
                  FROM pg_constraint AS k
                  -- Those to the partitions of another table come and go with the one to that table.
                  WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0),
  'identities', (SELECT coalesce(json_agg(json_build_object('column', a.attname, 'sequence', ${identityOf('a')}) ORDER BY a.attnum), '[]')
                 FROM pg_attribute AS a
                 WHERE a.attrelid = c.oid AND a.attidentity <> '' AND NOT a.attisdropped),
  'statistics', (SELECT coalesce(json_agg(json_build_object(
                   'name', x.stxname,
                   'definition', substr(left(d.printed, -length(' FROM ' || c.oid::regclass::text)),
                       length(format('CREATE STATISTICS %I.%I ', xn.nspname, x.stxname)) + 1),
                   'target', nullif(x.stxstattarget, -1),
                   'comment', obj_description(x.oid, 'pg_statistic_ext'),
                   'beside', x.stxnamespace = c.relnamespace) ORDER BY x.stxname), '[]')
                 FROM pg_statistic_ext AS x JOIN pg_namespace AS xn ON xn.oid = x.stxnamespace
                 CROSS JOIN LATERAL pg_get_statisticsobjdef(x.oid) AS d (printed)
                 WHERE x.stxrelid = c.oid))::text
FROM pg_class AS c
WHERE c.oid = ${regclass(table)}`,
});
