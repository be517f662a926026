import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';

/** With what is stored out of line; reltuples is -1 before the first ANALYZE. */
export const rowBytes = ({ schema, name }: TableName): Statement => ({
  text: `SELECT json_build_object('bytes', (
  SELECT sum(pg_table_size(l.oid))::float8 / nullif(sum(greatest(l.reltuples, 0)), 0)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_class AS l ON l.oid = c.oid OR l.oid IN (SELECT t.relid FROM pg_partition_tree(c.oid) AS t WHERE t.isleaf)
  WHERE n.nspname = :schema AND c.relname = :name AND l.relkind <> 'p'))::text`,
  parameters: { schema, name },
});
