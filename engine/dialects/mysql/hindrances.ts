import * as z from 'zod';
import type { Database, Statement } from '../../database/database.ts';
import type { Fault } from '../../spec/fault.ts';
import type { TableName } from '../../spec/table-name.ts';
import { identifier, literal } from './quote.ts';

const named = (text: string, column: string): string => `LOCATE(${literal(identifier(column))}, ${text}) > 0`;

/** What keeps another column from taking a column's place so far, each in words. */
export const describeHindrances = ({ schema, name }: TableName, column: string): Statement => ({
  text: `WITH found (what) AS (
  SELECT CONCAT('the foreign key ', k.constraint_name, ' of ', k.table_name, ' refers to it')
  FROM information_schema.key_column_usage AS k
  WHERE k.referenced_table_name IS NOT NULL
    AND k.referenced_table_schema = :schema AND k.referenced_table_name = :name AND k.referenced_column_name = :column
  UNION ALL
  SELECT CONCAT('the check ', c.constraint_name, ' names it')
  FROM information_schema.check_constraints AS c
  JOIN information_schema.table_constraints AS t ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
  WHERE t.table_schema = :schema AND t.table_name = :name AND ${named('c.check_clause', column)}
  UNION ALL
  SELECT CONCAT('the column ', c.column_name, ' is generated from it')
  FROM information_schema.columns AS c
  WHERE c.table_schema = :schema AND c.table_name = :name AND ${named('c.generation_expression', column)}
  UNION ALL
  SELECT CONCAT('the index ', s.index_name, ' computes with it')
  FROM information_schema.statistics AS s
  WHERE s.table_schema = :schema AND s.table_name = :name AND ${named("COALESCE(s.expression, '')", column)}
)
SELECT JSON_OBJECT('what', f.what) FROM found AS f ORDER BY f.what`,
  parameters: { schema, name, column },
  catalogOnly: true,
});

const describeWalkHindrances = ({ schema, name }: TableName): Statement => ({
  text: `SELECT JSON_OBJECT(
    'fact', CONCAT('the trigger ', g.trigger_name, ' fires at every UPDATE, and the rows are updated by the walk'),
    'remedy', 'Drop it for as long as the migration runs, or do what it does in the application.')
  FROM information_schema.triggers AS g
  WHERE g.event_object_schema = :schema AND g.event_object_table = :name AND g.event_manipulation = 'UPDATE'
    AND g.trigger_name NOT LIKE 'underpin\\\\_%'
  UNION ALL
  SELECT JSON_OBJECT(
    'fact', 'the server is a replica of another one, whose rows come without triggers',
    'remedy', 'Migrate the server that it reads from.')
  FROM performance_schema.replication_connection_configuration AS r`,
  parameters: { schema, name },
  catalogOnly: true,
});

/** What forbids that the rows of a table are written, each as it is. */
export const walkFaults = (database: Database, table: TableName): Promise<readonly Fault[]> =>
  database.rows(describeWalkHindrances(table), z.object({ fact: z.string(), remedy: z.string() }));
