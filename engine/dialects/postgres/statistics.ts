import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { StatisticsOf } from '../inspector.ts';
import { isOurTrigger } from './made-names.ts';
import { regclass } from './quote.ts';

/**
 * What the server has counted of a table, in one row. Nothing of the table is read, and no value of a row is reported:
 * of the commonest value of the key only how common it is. `-1` rows: never analysed.
 */
export const describeStatistics = (table: TableName, { key, columns }: StatisticsOf): Statement => ({
  text: `SELECT json_build_object(
  'rows', CASE WHEN c.reltuples < 0 THEN -1 ELSE round(c.reltuples) END,
  'tableBytes', pg_table_size(c.oid),
  'indexBytes', pg_indexes_size(c.oid),
  'indexes', (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid),
  'deadRows', coalesce(s.n_dead_tup, 0),
  'inserts', coalesce(s.n_tup_ins, 0),
  'updates', coalesce(s.n_tup_upd, 0),
  'deletes', coalesce(s.n_tup_del, 0),
  'indexScans', coalesce(s.idx_scan, 0),
  'wholeScans', coalesce(s.seq_scan, 0),
  'countedSeconds', (SELECT extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))
                     FROM pg_stat_database AS d WHERE d.datname = current_database()),
  'columnBytes', (SELECT sum(p.avg_width) FROM pg_stats AS p
                  WHERE p.schemaname = n.nspname AND p.tablename = c.relname
                    AND p.attname IN (SELECT jsonb_array_elements_text((:columns)::jsonb))),
  'keyOrder', (SELECT p.correlation FROM pg_stats AS p
               WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = :key),
  'keyShare', (SELECT p.most_common_freqs[1] FROM pg_stats AS p
               WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = :key),
  'updateTriggers', (SELECT coalesce(json_agg(t.tgname ORDER BY t.tgname), '[]') FROM pg_trigger AS t
                     WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 16 = 16 AND t.tgtype & 1 = 1
                       AND t.tgenabled <> 'D' AND NOT ${isOurTrigger('t.tgname')}),
  'publications', (SELECT coalesce(json_agg(p.pubname ORDER BY p.pubname), '[]') FROM pg_publication_tables AS p
                   WHERE p.schemaname = n.nspname AND p.tablename = c.relname),
  'rowFunctions', (SELECT coalesce(json_agg(p.oid::regprocedure::text ORDER BY p.oid), '[]')
                   FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
                   WHERE p.prorettype = c.reltype AND l.lanname NOT IN ('internal', 'c')),
  'autovacuum', NOT coalesce(c.reloptions::text ~ 'autovacuum_enabled=(false|off|no|0)', false),
  'oldestTransactionSeconds', (SELECT coalesce(max(extract(epoch FROM now() - a.xact_start)), 0)
                               FROM pg_stat_activity AS a
                               WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()),
  'valuesLogged', (SELECT coalesce(json_agg(format('%s is %s', l.name, current_setting(l.name)) ORDER BY l.name), '[]')
                   FROM pg_settings AS l
                   WHERE l.name = 'log_statement' AND l.setting IN ('mod', 'all')
                      OR l.name IN ('log_min_duration_statement', 'log_min_duration_sample', 'auto_explain.log_min_duration')
                         AND l.setting <> '-1'
                      OR l.name IN ('log_transaction_sample_rate', 'log_parameter_max_length_on_error') AND l.setting <> '0'),
  'version', current_setting('server_version'))::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
WHERE c.oid = ${regclass(table)}`,
  parameters: { key, columns: JSON.stringify(columns) },
});
