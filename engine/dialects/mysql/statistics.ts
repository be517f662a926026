import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';

// A server without the performance schema gives NULL for what it would have counted.
const counted = (
  which: string,
): string => `COALESCE((SELECT SUM(${which}) FROM performance_schema.table_io_waits_summary_by_index_usage AS w
    WHERE w.object_schema = t.table_schema AND w.object_name = t.table_name`;

/** What the server has counted of a table since it started. */
export const describeStatistics = (table: TableName): Statement => ({
  text: `SELECT JSON_OBJECT(
  'rows', COALESCE(t.table_rows, -1),
  'tableBytes', COALESCE(t.data_length, 0),
  'indexBytes', COALESCE(t.index_length, 0),
  'indexes', (SELECT COUNT(DISTINCT s.index_name) FROM information_schema.statistics AS s
              WHERE s.table_schema = t.table_schema AND s.table_name = t.table_name),
  'deadRows', 0,
  'inserts', ${counted('w.count_insert')}), 0),
  'updates', ${counted('w.count_update')}), 0),
  'deletes', ${counted('w.count_delete')}), 0),
  'indexScans', ${counted('w.count_fetch')} AND w.index_name IS NOT NULL), 0),
  'wholeScans', ${counted('w.count_fetch')} AND w.index_name IS NULL), 0),
  'countedSeconds', (SELECT g.variable_value + 0 FROM performance_schema.global_status AS g WHERE g.variable_name = 'Uptime'),
  'columnBytes', NULL,
  'keyOrder', NULL,
  'keyShare', NULL,
  'updateTriggers', (SELECT COALESCE(JSON_ARRAYAGG(g.trigger_name), JSON_ARRAY()) FROM information_schema.triggers AS g
                     WHERE g.event_object_schema = t.table_schema AND g.event_object_table = t.table_name
                       AND g.event_manipulation = 'UPDATE' AND g.trigger_name NOT LIKE 'underpin\\\\_%'),
  'publications', JSON_ARRAY(),
  'rowFunctions', JSON_ARRAY(),
  'autovacuum', TRUE,
  'oldestTransactionSeconds', COALESCE((SELECT MAX(TIMESTAMPDIFF(SECOND, x.trx_started, NOW())) FROM information_schema.innodb_trx AS x), 0),
  'valuesLogged', JSON_ARRAY(),
  'version', VERSION())
FROM information_schema.tables AS t
WHERE t.table_schema = :schema AND t.table_name = :name`,
  parameters: { schema: table.schema, name: table.name },
  catalogOnly: true,
});
