import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';

/** With what is stored out of line; reltuples is -1 before the first ANALYZE. */
export const rowBytes = ({ schema, name }: TableName): Statement => ({
  text: `SELECT json_build_object('bytes', (SELECT pg_table_size(c.oid)::float8 / nullif(greatest(c.reltuples, 0), 0)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = :schema AND c.relname = :name))::text`,
  parameters: { schema, name },
});
