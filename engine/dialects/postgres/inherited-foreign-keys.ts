import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/spec.ts';
import { qualifiedName } from './quote.ts';

/** The table's foreign keys over a column, as they read over the one that takes its place. */
export const describeForeignKeys = (table: TableName, from: string, to: string): Statement => ({
  text: `SELECT json_build_object('kind', 'foreign key', 'name', k.conname, 'valid', k.convalidated,
  'comment', obj_description(k.oid, 'pg_constraint'), 'definition',
  'FOREIGN KEY (' || names.renamed_key || ')' ||
  -- ON DELETE SET NULL may name columns too (since PostgreSQL 15, hence by JSON).
  CASE WHEN names.part = '' THEN tail.sql
       ELSE replace(replace(tail.sql, 'SET NULL (' || names.part || ')', 'SET NULL (' || names.renamed_part || ')'),
                    'SET DEFAULT (' || names.part || ')', 'SET DEFAULT (' || names.renamed_part || ')') END)::text
FROM pg_constraint AS k
JOIN pg_attribute AS f ON f.attrelid = k.conrelid AND f.attname = :from_column
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
    SELECT quote_ident(attname) AS now, quote_ident(CASE WHEN attname = :from_column THEN :to_column ELSE attname END) AS later
    FROM pg_attribute
    WHERE attrelid = k.conrelid AND attnum = u.attnum
  ) AS a ON true
) AS names
CROSS JOIN LATERAL (
  SELECT substr(pg_get_constraintdef(k.oid), length('FOREIGN KEY (' || names.key || ')') + 1) AS sql
) AS tail
WHERE k.conrelid = (:table)::regclass AND k.contype = 'f' AND f.attnum = ANY (k.conkey)
ORDER BY k.conname`,
  parameters: { table: qualifiedName(table), from_column: from, to_column: to },
});
