import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { isOurTrigger } from './made-names.ts';
import { literal, qualifiedName } from './quote.ts';

const place = (table: string, schema: string, column: string): string =>
  `json_build_object('table', json_build_object('schema', ${schema}, 'name', ${table}), 'column', ${column})`;

/**
 * Every column that holds values of this one by a foreign key, or by the foreign key of one that does, each with the column
 * that it refers to; and columns without a foreign key that are called as if they held them.
 */
export const describeReferrers = (table: TableName, column: string): Statement => ({
  text: `WITH RECURSIVE here AS (
  SELECT a.attrelid, a.attnum, c.relname, a.attname
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
  WHERE a.attrelid = ${literal(qualifiedName(table))}::regclass AND a.attname = :column
), edges AS (
  SELECT k.conrelid, u.ours, k.confrelid, u.theirs, k.conname
  FROM pg_constraint AS k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (ours, theirs)
  WHERE k.contype = 'f' AND k.conparentid = 0
), held (relation, attribute) AS (
  SELECT attrelid, attnum FROM here
  UNION
  SELECT e.conrelid, e.ours FROM held AS h JOIN edges AS e ON e.confrelid = h.relation AND e.theirs = h.attribute
), found AS (
  SELECT e.conrelid AS relation, e.ours AS attribute, e.conname AS key, r.relname AS their_table, rn.nspname AS their_schema,
         f.attname AS their_column
  FROM held AS h
  JOIN edges AS e ON e.confrelid = h.relation AND e.theirs = h.attribute
  JOIN pg_class AS r ON r.oid = h.relation
  JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
  JOIN pg_attribute AS f ON f.attrelid = h.relation AND f.attnum = h.attribute
  UNION ALL
  SELECT a.attrelid, a.attnum, NULL, NULL, NULL, NULL
  FROM here
  JOIN pg_attribute AS a ON a.attname IN (here.relname || '_' || here.attname, regexp_replace(here.relname, 's$', '') || '_' || here.attname,
                                          regexp_replace(here.relname, 'ies$', 'y') || '_' || here.attname)
  WHERE NOT EXISTS (SELECT FROM held AS h WHERE h.relation = a.attrelid AND h.attribute = a.attnum)
)
SELECT json_build_object('at', ${place('c.relname', 'n.nspname', 'a.attname')}, 'type', format_type(a.atttypid, a.atttypmod),
  'refersTo', CASE WHEN f.key IS NOT NULL THEN ${place('f.their_table', 'f.their_schema', 'f.their_column')} END,
  'inPartitions', c.relkind = 'p' OR c.relispartition,
  'migrating', EXISTS (SELECT FROM pg_trigger AS t
                       WHERE t.tgrelid = c.oid AND ${isOurTrigger('t.tgname')} AND a.attnum = ANY (t.tgattr)))::text
FROM found AS f
JOIN pg_class AS c ON c.oid = f.relation AND c.relkind IN ('r', 'p') AND (f.key IS NOT NULL OR NOT c.relispartition)
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'underpin')
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = f.attribute AND NOT a.attisdropped
ORDER BY n.nspname, c.relname, a.attname, f.key`,
  parameters: { column },
});
