import type { Statement } from '../../database/database.ts';
import type { ShapeColumn } from '../../shapes/columns-shape.ts';
import type { TableName } from '../../spec/table-name.ts';
import { aloneInPartitions } from './likeness-partitions.ts';
import { isOnTableOrPartition, triggerPrefix } from './made-names.ts';
import { isPublished } from './old-shape.ts';
import { literal, qualifiedName } from './quote.ts';

/**
 * What hangs on columns of a table and would go with them, or decides what a write of them means. `isMoved`: they go to another table,
 * which has rights of its own. `arriving`: the columns that take their place, there or not.
 */
export const describeSide = ({
  table,
  columns,
  arriving,
  isMoved,
}: {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly arriving: readonly ShapeColumn[];
  readonly isMoved?: boolean;
}): Statement => ({
  text: `WITH a AS (
  SELECT * FROM pg_attribute
  WHERE attrelid = to_regclass(${literal(qualifiedName(table))}) AND attnum > 0 AND NOT attisdropped
    AND attname IN (SELECT jsonb_array_elements_text((:columns)::jsonb))
)
SELECT json_build_object('what', f.what, 'as', f.printed)::text
FROM (
  SELECT format('type of %I', attname) AS what,
         format_type(atttypid, atttypmod)
           || coalesce(' COLLATE ' || nullif(attcollation, 0)::regcollation::text, '') AS printed
  FROM a
  UNION ALL
  SELECT format('NOT NULL of %I', attname), attnotnull::text FROM a
  UNION ALL
  -- A domain's is the column's, where it has none of its own.
  SELECT format('default of %I', a.attname), coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(t.typdefaultbin, 0), '')
  FROM a JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  -- A new column has none of its own: what a domain gets, an old version's INSERT would leave there as if somebody had written it.
  SELECT format('default of the type of %I', n.name), coalesce(pg_get_expr(t.typdefaultbin, 0), '')
  FROM jsonb_to_recordset((:arriving)::jsonb) AS n (name text, type text) JOIN pg_type AS t ON t.oid = to_regtype(n.type)
  WHERE t.typtype = 'd' AND t.oid NOT IN (SELECT atttypid FROM a)
  UNION ALL
  SELECT format('list of grants on %I', attname),
         (SELECT coalesce(string_agg(g::text, ' ' ORDER BY g::text), '') FROM unnest(attacl) AS g)
  FROM a
  UNION ALL
  -- Rows that the migrator no longer sees are neither copied nor compared.
  SELECT 'row level security of the table', format('%s %s', relrowsecurity, relforcerowsecurity)
  FROM pg_class WHERE oid IN (SELECT attrelid FROM a)
  UNION
  SELECT format('index %I', x.relname), pg_get_indexdef(x.oid)
  FROM a
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  JOIN pg_class AS x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid AND x.relkind IN ('i', 'I')
  UNION
  SELECT format('constraint %I', k.conname), pg_get_constraintdef(k.oid)
  FROM a JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)
  -- PostgreSQL 18 has one for NOT NULL too.
  WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
  UNION
  -- It would go with the column, and with it every UPDATE of a published table.
  SELECT format('replica identity by index %I', x.relname), ''
  FROM a JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisreplident AND a.attnum = ANY (i.indkey)
  JOIN pg_class AS x ON x.oid = i.indexrelid
  UNION
  -- Subscribers know columns and tables by their names.
  SELECT format('publication %I', p.pubname), ''
  FROM (SELECT DISTINCT attrelid FROM a) AS t CROSS JOIN ${isPublished('t.attrelid')}
  UNION
  -- The backfill's statements would be rewritten as an application's are.
  SELECT format('rule %I', r.rulename), r.ev_enabled::text
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_rewrite AS r ON r.ev_class = t.attrelid
  UNION
  SELECT s.what || ' of a partition alone', ''
  FROM a CROSS JOIN LATERAL (${aloneInPartitions('a.attrelid::regclass', 'a.attname')}) AS s
  UNION
  -- What it makes of a row the other side is not told. Where the plan was made there was none.
  SELECT format('trigger %I of %s, which runs after the dual write,', g.tgname, g.tgrelid::regclass), pg_get_triggerdef(g.oid)
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_trigger AS g ON ${isOnTableOrPartition('g', 't.attrelid')}
  WHERE NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgname > ${literal(triggerPrefix)} AND NOT starts_with(g.tgname, ${literal(triggerPrefix)})
  UNION
  -- Rows of a child count as the table's, and no trigger of ours fires where one is written; a column of a child stays as long as its parent's.
  SELECT CASE WHEN i.inhparent = t.attrelid THEN format('child table %s', i.inhrelid::regclass) ELSE format('parent table %s', i.inhparent::regclass) END, ''
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_inherits AS i ON t.attrelid IN (i.inhparent, i.inhrelid)
  JOIN pg_class AS c ON c.oid = i.inhrelid
  WHERE i.inhrelid = t.attrelid OR NOT c.relispartition
${isMoved === true ? rightsOnTable : ''}) AS f
ORDER BY f.what`,
  parameters: { columns: JSON.stringify(columns), arriving: JSON.stringify(arriving) },
});

const rightsOnTable = `  UNION
  SELECT format('right %s to %s', g.privilege_type, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), g.is_grantable::text
  FROM (SELECT DISTINCT attrelid FROM a) AS t JOIN pg_class AS c ON c.oid = t.attrelid
  CROSS JOIN LATERAL aclexplode(c.relacl) AS g
  WHERE g.grantee <> c.relowner
`;
