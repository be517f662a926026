import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { qualifiedName } from './quote.ts';

const renamed = (relation: string): string =>
  `quote_ident(CASE WHEN ${relation} = here.oid AND attname = :from_column THEN :to_column ELSE attname END)`;

/** Foreign keys over a column, the table's own and those that refer to it, as they read over the one that takes its place. */
export const describeForeignKeys = (table: TableName, from: string, to: string): Statement => ({
  text: `SELECT json_build_object('kind', 'foreign key', 'name', k.conname, 'valid', k.convalidated,
  'comment', obj_description(k.oid, 'pg_constraint'),
  'on', json_build_object('schema', s.nspname, 'name', c.relname),
  'refers', k.confrelid = here.oid AND f.attnum = ANY (k.confkey),
  'owned', pg_has_role(c.relowner, 'USAGE'), 'partitioned', c.relkind = 'p' AND current_setting('server_version_num')::integer < 180000,
  'otherType', (SELECT format_type(a.atttypid, a.atttypmod)
                FROM unnest(k.conkey, k.confkey) AS u (ours, theirs) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.ours
                WHERE k.confrelid = here.oid AND u.theirs = f.attnum),
  'definition', 'FOREIGN KEY (' || names.renamed_key || ')' ||
  CASE WHEN refs.key = refs.renamed THEN tail.sql
       ELSE overlay(tail.sql PLACING refs.renamed FROM strpos(tail.sql, refs.key) FOR length(refs.key)) END)::text
FROM (SELECT (:table)::regclass AS oid) AS here
JOIN pg_attribute AS f ON f.attrelid = here.oid AND f.attname = :from_column
-- Those of partitions come and go with their table's.
JOIN pg_constraint AS k ON k.contype = 'f' AND k.conparentid = 0 AND ((k.conrelid = here.oid AND f.attnum = ANY (k.conkey))
                                             OR (k.confrelid = here.oid AND f.attnum = ANY (k.confkey)))
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT string_agg(a.now, ', ' ORDER BY u.n) FILTER (WHERE u.of_key) AS key,
         coalesce(string_agg(a.now, ', ' ORDER BY u.n) FILTER (WHERE NOT u.of_key), '') AS part,
         string_agg(a.later, ', ' ORDER BY u.n) FILTER (WHERE u.of_key) AS renamed_key,
         string_agg(a.later, ', ' ORDER BY u.n) FILTER (WHERE NOT u.of_key) AS renamed_part
  FROM (SELECT true, attnum, n FROM unnest(k.conkey) WITH ORDINALITY AS c (attnum, n)
        UNION ALL
        SELECT false, attnum::smallint, n
        FROM jsonb_array_elements_text(coalesce(nullif(to_jsonb(k) -> 'confdelsetcols', 'null'), '[]'))
          WITH ORDINALITY AS c (attnum, n)) AS u (of_key, attnum, n)
  JOIN LATERAL (
    SELECT quote_ident(attname) AS now, ${renamed('k.conrelid')} AS later
    FROM pg_attribute
    WHERE attrelid = k.conrelid AND attnum = u.attnum
  ) AS a ON true
) AS names
CROSS JOIN LATERAL (
  SELECT '(' || string_agg(quote_ident(attname), ', ' ORDER BY u.n) || ')' AS key,
         '(' || string_agg(${renamed('k.confrelid')}, ', ' ORDER BY u.n) || ')' AS renamed
  FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, n)
  JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
) AS refs
CROSS JOIN LATERAL (
  SELECT substr(pg_get_constraintdef(k.oid), length('FOREIGN KEY (' || names.key || ')') + 1) AS bare
) AS full_tail
CROSS JOIN LATERAL (
  -- ON DELETE SET NULL may name columns too (since PostgreSQL 15, hence by JSON).
  SELECT CASE WHEN names.part = '' THEN full_tail.bare
              ELSE replace(replace(full_tail.bare, 'SET NULL (' || names.part || ')', 'SET NULL (' || names.renamed_part || ')'),
                           'SET DEFAULT (' || names.part || ')', 'SET DEFAULT (' || names.renamed_part || ')') END AS sql
) AS tail
ORDER BY k.conname, s.nspname, c.relname`,
  parameters: { table: qualifiedName(table), from_column: from, to_column: to },
});
