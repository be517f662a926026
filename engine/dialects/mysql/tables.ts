import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { qualifiedName, shortName } from './quote.ts';

/** At once, with its rows, keys and triggers; waits for whoever uses the table. */
export const renameTable = (table: TableName, to: string): string =>
  `RENAME TABLE ${qualifiedName(table)} TO ${qualifiedName({ ...table, name: to })}`;

export const dropTable = (table: TableName): string => `DROP TABLE ${qualifiedName(table)}`;

/** What a column or a table is called while nobody may find it. */
export const quarantinedName = (name: string): string => shortName(`underpin_quarantined_${name}`);

/** Which of these names a table or a view of the schema has. */
export const takenTables = ({ schema }: TableName, names: readonly string[]): Statement => ({
  text: `SELECT JSON_OBJECT('name', n.name)
FROM JSON_TABLE(:names, '$[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$')) AS n
WHERE EXISTS (SELECT 1 FROM information_schema.tables AS t WHERE t.table_schema = :schema AND t.table_name = n.name)`,
  parameters: { schema, names: JSON.stringify(names) },
  catalogOnly: true,
});

/** Views over a table; they know it by its name. */
export const describeViews = ({ schema, name }: TableName): Statement => ({
  text: `SELECT JSON_OBJECT('what', CONCAT('view ', v.view_schema, '.', v.view_name))
FROM information_schema.view_table_usage AS v WHERE v.table_schema = :schema AND v.table_name = :name
ORDER BY v.view_schema, v.view_name`,
  parameters: { schema, name },
  catalogOnly: true,
});

const roleName = "CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')";

/** What hangs on a table as a whole: what would be broken without it, and what goes with it. */
export const describeHanging = ({ schema, name }: TableName): Statement => ({
  text: `WITH found (kind, what, other) AS (
  SELECT 'view', CONCAT('view ', v.view_schema, '.', v.view_name), NULL
  FROM information_schema.view_table_usage AS v WHERE v.table_schema = :schema AND v.table_name = :name
  UNION ALL
  SELECT DISTINCT 'referring key', CONCAT('foreign key ', k.constraint_name, ' of ', k.table_schema, '.', k.table_name), NULL
  FROM information_schema.key_column_usage AS k
  WHERE k.referenced_table_schema = :schema AND k.referenced_table_name = :name AND NOT (k.table_schema = :schema AND k.table_name = :name)
  UNION ALL
  SELECT DISTINCT 'own key', CONCAT('foreign key ', k.constraint_name), CONCAT(k.referenced_table_schema, '.', k.referenced_table_name)
  FROM information_schema.key_column_usage AS k
  WHERE k.table_schema = :schema AND k.table_name = :name AND NOT (k.referenced_table_schema = :schema AND k.referenced_table_name = :name)
  UNION ALL
  SELECT 'own trigger', CONCAT('trigger ', g.trigger_name), NULL
  FROM information_schema.triggers AS g WHERE g.event_object_schema = :schema AND g.event_object_table = :name
  UNION ALL
  SELECT 'invisible column', CONCAT('column ', c.column_name), NULL
  FROM information_schema.columns AS c WHERE c.table_schema = :schema AND c.table_name = :name AND c.extra LIKE '%INVISIBLE%'
  UNION ALL
  SELECT 'missing right', w.privilege, NULL
  FROM JSON_TABLE('["SELECT", "INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (privilege VARCHAR(20) PATH '$')) AS w
  WHERE NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS u
                    WHERE u.grantee = ${roleName} AND u.privilege_type = w.privilege)
    AND NOT EXISTS (SELECT 1 FROM information_schema.schema_privileges AS u
                    WHERE u.grantee = ${roleName} AND u.privilege_type = w.privilege AND :schema LIKE u.table_schema)
)
SELECT JSON_OBJECT('kind', f.kind, 'what', f.what, 'table', f.other) FROM found AS f ORDER BY f.kind, f.what`,
  parameters: { schema, name },
  catalogOnly: true,
});
