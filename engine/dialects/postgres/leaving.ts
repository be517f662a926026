import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';

/**
 * What DROP COLUMN takes with it without being asked: constraints and indexes that name the column, in their expressions
 * and predicates too, statistics objects, and a sequence that it owns.
 */
export const describeLeavingColumn = (table: TableName, column: string): Statement => ({
  text: `WITH RECURSIVE a AS (
  SELECT a.attrelid, a.attnum, a.attnotnull, a.atttypid
  FROM pg_attribute AS a
  WHERE a.attrelid = ${literal(qualifiedName(table))}::regclass AND a.attname = :column AND NOT a.attisdropped
), base AS (
  SELECT t.typnotnull, t.typbasetype FROM a JOIN pg_type AS t ON t.oid = a.atttypid
  UNION ALL
  SELECT t.typnotnull, t.typbasetype FROM base JOIN pg_type AS t ON t.oid = base.typbasetype
), taken AS (
  SELECT 1 AS place, 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) AS what
  FROM a JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype <> 'n' AND a.attnum = ANY (k.conkey)
  UNION ALL
  SELECT 2, pg_get_indexdef(i.indexrelid)
  FROM a JOIN pg_index AS i ON i.indrelid = a.attrelid
  WHERE (a.attnum = ANY (i.indkey)
         OR EXISTS (SELECT FROM pg_depend AS d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum))
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.conrelid = a.attrelid)
  UNION ALL
  SELECT 3, pg_get_statisticsobjdef(s.oid)
  FROM a JOIN pg_statistic_ext AS s ON s.stxrelid = a.attrelid
  WHERE EXISTS (SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)
  UNION ALL
  SELECT 4, pg_describe_object(d.classid, d.objid, 0)
  FROM a JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
)
SELECT json_build_object(
  'goesWith', (SELECT coalesce(json_agg(what ORDER BY place, what), '[]') FROM taken),
  'bytes', (SELECT round(greatest(c.reltuples, 0)::numeric * s.avg_width * (1 - s.null_frac)::numeric)
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = :column
            WHERE c.oid = a.attrelid AND c.reltuples >= 0 AND NOT s.inherited),
  'refusesNull', a.attnotnull OR (SELECT bool_or(typnotnull) FROM base),
  'byItsType', (SELECT bool_or(typnotnull) FROM base))::text
FROM a`,
  parameters: { column },
});
