import * as z from 'zod';
import type { Database, Statement } from '../../../database/database.ts';
import { column } from '../../../catalog/facts.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { describeColumns } from '../catalog.ts';
import { copyingFaults } from '../requirements.ts';
import { copyFaults } from './retyped-copy.ts';

/** What would stay with the old table when the names are exchanged, or would be done twice; each in words. */
const describeHindrances = ({ schema, name }: TableName): Statement => ({
  text: `WITH found (fact, remedy) AS (
  SELECT CONCAT('the trigger ', g.trigger_name, ' of ', :name, ' would stay with the old table, and fire for its copies'),
    'Drop it for as long as the migration runs, or do what it does in the application.'
  FROM information_schema.triggers AS g
  WHERE g.event_object_schema = :schema AND g.event_object_table = :name
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', k.constraint_schema, '.', k.table_name, ' refers to ', :name, ': it would go on referring to the old table, and MySQL takes no other type on either side of it (3780)'),
    'Drop it before the start, give its column the type, and add it again when the migration has completed: kind add-foreign-key.'
  FROM information_schema.referential_constraints AS k
  WHERE k.unique_constraint_schema = :schema AND k.referenced_table_name = :name
  UNION ALL
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', :name, ' has a name that no other table can have at the same time, and rows that it cascades to fire no trigger'),
    'Drop it before the start, and add it again when the migration has completed: kind add-foreign-key.'
  FROM information_schema.referential_constraints AS k
  WHERE k.constraint_schema = :schema AND k.table_name = :name AND k.referenced_table_name <> :name
  UNION ALL
  SELECT CONCAT('the check ', t.constraint_name, ' of ', :name, ' has a name that no other table can have at the same time'),
    CONCAT('Let MySQL name it: ', :name, '_chk_1.')
  FROM information_schema.table_constraints AS t
  WHERE t.table_schema = :schema AND t.table_name = :name AND t.constraint_type = 'CHECK'
    AND NOT (LEFT(t.constraint_name, CHAR_LENGTH(:name) + 5) = CONCAT(:name, '_chk_')
      AND REGEXP_LIKE(SUBSTRING(t.constraint_name, CHAR_LENGTH(:name) + 6), '^[0-9]+$'))
  UNION ALL
  SELECT CONCAT('the column ', c.column_name, ' draws numbers and is INVISIBLE'), 'Make it visible first.'
  FROM information_schema.columns AS c
  WHERE c.table_schema = :schema AND c.table_name = :name AND c.extra LIKE '%auto_increment%' AND c.extra LIKE '%INVISIBLE%'
)
SELECT JSON_OBJECT('fact', f.fact, 'remedy', f.remedy) FROM found AS f ORDER BY f.fact`,
  parameters: { schema, name },
  catalogOnly: true,
});

/** What keeps a table from being copied and exchanged with its copy. */
export const copyHindrances = async (database: Database, table: TableName): Promise<readonly Fault[]> => [
  ...(await database.rows(describeHindrances(table), z.object({ fact: z.string(), remedy: z.string() }))),
  ...copyFaults({ table, columns: await database.rows(describeColumns(table), column) }),
  ...(await copyingFaults(database, table)),
];
