import type { Statement } from '../../database/database.ts';
import type { WalkOrder } from '../../plan/settings.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Expression } from '../inspector.ts';
import { keyOfPlaces } from './block-address.ts';
import { identityOf } from './identity.ts';
import { isOnTableOrPartition } from './made-names.ts';
import { dollarQuoted, identifier, literal, qualifiedName, regclass } from './quote.ts';

// Every column is cast to text or packed into JSON: the Data API refuses "char", regclass and int2vector.

// A partitioned table has no rows of its own, and is analysed only by hand.
const ofLeaves = (sum: string): string =>
  `(SELECT ${sum} FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS l ON l.oid = t.relid WHERE t.isleaf)`;
const tuplesOf = `CASE c.relkind::text WHEN 'p' THEN coalesce(${ofLeaves('sum(l.reltuples)')}, 0) ELSE c.reltuples END`;
const bytesOf = `CASE c.relkind::text WHEN 'p' THEN coalesce(${ofLeaves('sum(pg_table_size(l.oid))')}, 0) ELSE pg_table_size(c.oid) END`;

/** The table, or no row. */
export const describeTable = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'kind', CASE c.relkind::text WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' ELSE 'other' END,
  'partition', c.relispartition,
  'inherits', EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid),
  'rows', CASE WHEN ${tuplesOf} < 0 THEN -1 ELSE round(${tuplesOf}) END,
  'bytes', ${bytesOf},
  'owned', pg_has_role(c.relowner, 'USAGE'),
  'owner', pg_get_userbyid(c.relowner),
  'hidesRows', row_security_active(c.oid),
  'refusesUpdates', EXISTS (SELECT FROM pg_publication_tables AS p JOIN pg_publication AS b USING (pubname)
                            WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND b.pubupdate)
                    AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (
                           SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary))),
  'usualQuoting', current_setting('standard_conforming_strings') = 'on',
  'version', current_setting('server_version_num')::integer,
  'comment', obj_description(c.oid, 'pg_class'),
  'keyOrder', (SELECT s.correlation
               FROM pg_index AS i
               JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
               JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
               WHERE i.indrelid = c.oid AND i.indisprimary),
  'grants', (SELECT coalesce(json_agg(json_build_object(
               'grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
               'privilege', g.privilege_type, 'grantable', g.is_grantable)), '[]')
             FROM aclexplode(c.relacl) AS g
             WHERE g.grantee <> c.relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')))::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name`,
  parameters: { schema: table.schema, name: table.name },
});

/** Names of tables that are there, for "did you mean". */
export const listTables = (): Statement => ({
  text: `SELECT json_build_object('schema', n.nspname, 'name', c.relname)::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'underpin')
ORDER BY 1
LIMIT 1000`,
});

/**
 * Whether equal values of a column have one image, so that `=` cannot hide a difference. A numeric of a declared scale has that
 * scale in every value. Over `a` of pg_attribute and `t`, its pg_type.
 */
export const isPlainColumn = `(t.typnamespace = 'pg_catalog'::regnamespace
           AND (t.typname IN ('bool', 'int2', 'int4', 'int8', 'text', 'varchar', 'uuid', 'date', 'timestamp', 'timestamptz',
                              'time', 'bytea') OR t.typname = 'numeric' AND a.atttypmod >= 0)
           AND coalesce((SELECT l.collisdeterministic FROM pg_collation AS l WHERE l.oid = a.attcollation), true))`;

/** Whether values of a type are rows, under all domains over it. */
const isComposite = (type: string): string => `EXISTS (
    WITH RECURSIVE chain AS (
      SELECT ${type} AS type
      UNION ALL
      SELECT y.typbasetype FROM chain AS h JOIN pg_type AS y ON y.oid = h.type WHERE y.typtype = 'd'
    )
    SELECT FROM chain AS h JOIN pg_type AS y ON y.oid = h.type WHERE y.typtype = 'c')`;

export const describeColumns = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod),
  'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
                    THEN (SELECT quote_ident(n.nspname) || '.' || quote_ident(l.collname)
                          FROM pg_collation AS l JOIN pg_namespace AS n ON n.oid = l.collnamespace
                          WHERE l.oid = a.attcollation) END,
  'plain', ${isPlainColumn},
  'composite', ${isComposite('a.atttypid')},
  'notNull', a.attnotnull,
  'default', coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(t.typdefaultbin, 0)),
  'identity', a.attidentity::text <> '',
  'identitySequence', ${identityOf('a')},
  'generated', a.attgenerated::text <> '',
  'inPrimaryKey', EXISTS (SELECT FROM pg_index AS i
                          WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
  'exclusions', (SELECT coalesce(json_agg(quote_ident(x.relname) ORDER BY x.relname), '[]')
                 FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
                 WHERE i.indrelid = a.attrelid AND i.indisexclusion
                   AND (a.attnum = ANY (i.indkey)
                        OR EXISTS (SELECT FROM pg_depend AS e
                                   WHERE e.classid = 'pg_class'::regclass AND e.objid = i.indexrelid
                                     AND e.refobjid = a.attrelid AND e.refobjsubid = a.attnum))),
  'comment', col_description(a.attrelid, a.attnum),
  'statistics', nullif(a.attstattarget, -1),
  'storage', CASE WHEN a.attstorage <> t.typstorage
                  THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
  'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
  'options', a.attoptions,
  'inReplicaIdentity', EXISTS (SELECT FROM pg_index AS i
                               WHERE i.indrelid = a.attrelid AND (i.indisreplident OR (i.indisprimary AND c.relreplident = 'd'))
                                 AND a.attnum = ANY (i.indkey)),
  'grants', (SELECT json_agg(json_build_object('grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
                                               'privilege', g.privilege_type, 'grantable', g.is_grantable))
             FROM aclexplode(a.attacl) AS g),
  'sequence', (SELECT json_build_object('name', quote_ident(sn.nspname) || '.' || quote_ident(s.relname),
                                        'type', format_type(sq.seqtypid, NULL))
               FROM pg_depend AS o
               JOIN pg_class AS s ON s.oid = o.objid AND s.relkind = 'S'
               JOIN pg_sequence AS sq ON sq.seqrelid = s.oid
               JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
               WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
                 AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'a'
               LIMIT 1),
  'drawsFrom', (SELECT coalesce(json_agg(json_build_object('name', quote_ident(sn.nspname) || '.' || quote_ident(s.relname),
                                                           'type', format_type(sq.seqtypid, NULL)) ORDER BY s.oid), '[]')
                FROM pg_depend AS u
                JOIN pg_class AS s ON s.oid = u.refobjid AND s.relkind = 'S'
                JOIN pg_sequence AS sq ON sq.seqrelid = s.oid
                JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
                WHERE u.classid = 'pg_attrdef'::regclass AND u.objid = d.oid AND u.refclassid = 'pg_class'::regclass
                  AND NOT EXISTS (SELECT FROM pg_depend AS o
                                  WHERE o.classid = 'pg_class'::regclass AND o.objid = s.oid AND o.deptype = 'a'
                                    AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum)))::text
FROM pg_class AS c
JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE cn.nspname = :schema AND c.relname = :name
ORDER BY a.attnum`,
  parameters: { schema: table.schema, name: table.name },
});

/**
 * The columns of the primary key, else of the narrowest valid unique index without NULLs. Rows of a table without such a key
 * are known by their place, and so are those of any other where they are to be walked by it; no row where they have none:
 * partitions have each their own.
 */
export const describeKey = (table: TableName, by: WalkOrder): Statement => ({
  text: `WITH k AS MATERIALIZED (
  SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts
  FROM pg_index AS i
  WHERE ${by === 'key'} AND i.indrelid = ${regclass(table)}
    AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate
    AND NOT EXISTS (SELECT FROM pg_attribute AS a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
  ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
  LIMIT 1
), parts AS (
  SELECT position, json_build_object('name', a.attname,
  'type', format_type(a.atttypid, a.atttypmod) ||
          CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
               THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END)::text AS part
  FROM k
  CROSS JOIN generate_series(0, k.indnkeyatts - 1) AS position
  JOIN pg_attribute AS a ON a.attrelid = k.indrelid AND a.attnum = k.indkey[position]
  JOIN pg_type AS t ON t.oid = a.atttypid
  UNION ALL
  SELECT 0, ${literal(JSON.stringify(keyOfPlaces[0]))}
  FROM pg_class AS c JOIN pg_am AS m ON m.oid = c.relam
  WHERE c.oid = ${regclass(table)} AND c.relkind = 'r' AND m.amname = 'heap' AND NOT EXISTS (SELECT FROM k)
)
SELECT part FROM parts ORDER BY position`,
});

/** Row-level BEFORE triggers of other people; one of a partition alone says where it is. */
export const describeTriggers = (table: TableName): Statement => ({
  text: `SELECT json_build_object('name', t.tgname || CASE WHEN t.tgrelid = ${regclass(table)} THEN '' ELSE ' of ' || t.tgrelid::regclass END)::text
FROM pg_trigger AS t
WHERE ${isOnTableOrPartition('t', regclass(table))} AND NOT t.tgisinternal AND t.tgtype & 2 = 2 AND t.tgtype & 1 = 1
ORDER BY 1`,
});

/** Which of these names a relation of the table's schema or a constraint of the table has already. */
export const describeTaken = (table: TableName, names: readonly string[]): Statement => ({
  text: `SELECT json_build_object('name', n.name)::text
FROM jsonb_array_elements_text((:names)::jsonb) AS n (name)
WHERE EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace
              WHERE s.nspname = :schema AND c.relname = n.name)
   OR EXISTS (SELECT FROM pg_statistic_ext AS x JOIN pg_namespace AS s ON s.oid = x.stxnamespace
              WHERE s.nspname = :schema AND x.stxname = n.name)
   OR EXISTS (SELECT FROM pg_constraint AS k
              WHERE k.conname = n.name
                AND (k.conrelid = ${regclass(table)}
                     OR k.conrelid IN (SELECT f.conrelid FROM pg_constraint AS f WHERE f.contype = 'f' AND f.confrelid = ${regclass(table)})))`,
  parameters: { names: JSON.stringify(names), schema: table.schema },
});

/**
 * Whether an expression reads over what it may name and fits its type. It is parsed and not even planned: a function that
 * calls itself immutable would be evaluated by the planner, and could put into its error what it has read.
 */
export function tryExpression(table: TableName, { text, type, over }: Expression): Statement {
  const from = over
    ? `(SELECT ${over.map(({ column, type: its }) => `NULL::${its} AS ${identifier(column)}`).join(', ')}) AS ${identifier(table.name)}`
    : qualifiedName(table);
  const reading = `PREPARE underpin_expression AS\nSELECT (SELECT json_build_object('fits', ((\n${text}\n)::${type}) IS NULL)::text) FROM ${from} LIMIT 0`;
  const body = `BEGIN
  -- What is prepared outlives a transaction: a session that was cut off between the two statements below still has it.
  IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'underpin_expression') THEN
    DEALLOCATE underpin_expression;
  END IF;
  EXECUTE ${dollarQuoted(reading, 'reading')};
  DEALLOCATE underpin_expression;
END`;
  return { text: `DO ${dollarQuoted(body, 'expression')}`, catalogOnly: true };
}
