import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { indexDefinition } from './index-definition.ts';
import { literal, qualifiedName } from './quote.ts';

/** Every index of a table, what hangs on it, and how often this server has used it since it began to count. */
export const describeIndexes = (table: TableName): Statement => ({
  text: `SELECT json_build_object(
  'name', x.relname,
  'unique', i.indisunique,
  'valid', i.indisvalid,
  'definition', ${indexDefinition(literal(table.schema), literal(table.name))},
  'columns', (SELECT json_agg(a.attname ORDER BY n)
              FROM generate_series(0, i.indnkeyatts - 1) AS n
              LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n]),
  'partial', i.indpred IS NOT NULL,
  'constraint', (SELECT k.conname FROM pg_constraint AS k
                 WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
  'referredBy', (SELECT coalesce(json_agg(DISTINCT k.conrelid::regclass::text), '[]') FROM pg_constraint AS k
                 WHERE k.conindid = i.indexrelid AND k.contype = 'f'),
  'identity', i.indisreplident,
  'clustered', i.indisclustered,
  'bytes', pg_relation_size(i.indexrelid),
  'comment', obj_description(x.oid, 'pg_class'),
  'targets', (SELECT coalesce(json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum), '[]')
              FROM pg_attribute AS a WHERE a.attrelid = x.oid AND a.attstattarget >= 0),
  'scans', coalesce(s.idx_scan, 0),
  -- From PostgreSQL 16 on.
  'lastScan', to_jsonb(s) ->> 'last_idx_scan',
  'countedSince', (SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM pg_stat_database
                   WHERE datname = current_database()))::text
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = i.indexrelid
WHERE i.indrelid = ${literal(qualifiedName(table))}::regclass
ORDER BY x.relname`,
});
