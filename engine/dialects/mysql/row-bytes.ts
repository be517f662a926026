import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';

export const rowBytes = ({ schema, name }: TableName): Statement => ({
  text: `SELECT JSON_OBJECT('bytes', (SELECT NULLIF(AVG_ROW_LENGTH, 0) FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = :schema AND TABLE_NAME = :name))`,
  parameters: { schema, name },
});
