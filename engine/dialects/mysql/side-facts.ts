import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { indexDefinition } from './index-definition.ts';

const ofTable = (alias: string): string => `${alias}.table_schema = :schema AND ${alias}.table_name = :name`;
const isAsked = (alias: string): string => `JSON_CONTAINS(:columns, JSON_QUOTE(${alias}.column_name))`;

/** What hangs on columns of a table and would go with them, or decides what a write of them means. */
export const describeSide = (table: TableName, columns: readonly string[]): Statement => ({
  text: `SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ JSON_OBJECT('what', f.what, 'as', f.printed)
FROM (
  SELECT CONCAT('type of ', c.column_name) AS what,
         CONCAT_WS(' ', c.column_type, c.collation_name) AS printed
  FROM information_schema.columns AS c WHERE ${ofTable('c')} AND ${isAsked('c')}
  UNION ALL
  SELECT CONCAT('NOT NULL of ', c.column_name), c.is_nullable
  FROM information_schema.columns AS c WHERE ${ofTable('c')} AND ${isAsked('c')}
  UNION ALL
  SELECT CONCAT('default of ', c.column_name), CONCAT_WS(' ', c.column_default, c.extra)
  FROM information_schema.columns AS c WHERE ${ofTable('c')} AND ${isAsked('c')}
  UNION ALL
  SELECT CONCAT('index ', s.index_name), ${indexDefinition}
  FROM information_schema.statistics AS s
  WHERE ${ofTable('s')}
  GROUP BY s.index_name
  HAVING SUM(COALESCE(${isAsked('s')}, 0)) > 0
  UNION ALL
  SELECT CONCAT('constraint ', k.constraint_name),
         CONCAT(k.referenced_table_schema, '.', k.referenced_table_name, '.', k.referenced_column_name, ' ', r.delete_rule, ' ', r.update_rule)
  FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.table_name = k.table_name AND r.constraint_name = k.constraint_name
  WHERE ${ofTable('k')} AND ${isAsked('k')} AND k.referenced_table_name IS NOT NULL
) AS f
ORDER BY f.what`,
  parameters: { schema: table.schema, name: table.name, columns: JSON.stringify(columns) },
});

/** Which of our triggers are not there: what copies a table and takes its name often leaves them behind. */
export const findSilentTriggers = (table: TableName, triggers: readonly string[]): Statement => ({
  text: `SELECT JSON_OBJECT('trigger', w.name)
FROM JSON_TABLE(:triggers, '$[*]' COLUMNS (name varchar(64) PATH '$')) AS w
WHERE NOT EXISTS (
  SELECT 1 FROM information_schema.triggers AS g
  WHERE g.event_object_schema = :schema AND g.event_object_table = :name AND g.trigger_name = w.name
)
ORDER BY w.name`,
  parameters: { schema: table.schema, name: table.name, triggers: JSON.stringify(triggers) },
});
