import type { Statement } from '../../database/database.ts';
import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { indexDefinition } from './index-definition.ts';
import { identifier, jsonTruth } from './quote.ts';
import { alterTable } from './settled.ts';

interface Known {
  readonly name: string;
  readonly unique: boolean;
  readonly definition: string;
}

/** FULLTEXT and SPATIAL stand before the columns in a definition, and before INDEX in a statement. */
const special = /^(?<kind>FULLTEXT|SPATIAL) /u;

export const addIndexAction = ({ name, unique, definition }: Known): string => {
  const kind = special.exec(definition)?.groups?.['kind'] ?? (unique ? 'UNIQUE' : '');
  return `ADD ${kind === '' ? '' : `${kind} `}INDEX ${identifier(name)} ${definition.replace(special, '')}`;
};

export const buildIndex = (_migration: string, table: TableName, index: Known): Brief =>
  alterTable(`build ${index.name}`, table, addIndexAction(index));

const besideColumns = /(?: COMMENT '(?:[^'\\]|\\.|'')*')?(?: INVISIBLE)?$/su;
const columnsOf = (definition: string): string => definition.replace(besideColumns, '');

/** MySQL warns of such a pair (1831), and is going to refuse it. A comment tells no two apart. */
export const twinOf = (index: Omit<Known, 'name'>, others: readonly Known[]): string | null =>
  others.find(
    ({ name, unique, definition }) =>
      name !== 'PRIMARY' && unique === index.unique && columnsOf(definition) === columnsOf(index.definition),
  )?.name ?? null;

const dropping = (table: TableName, name: string): Brief =>
  alterTable(`drop ${name}`, table, `DROP INDEX ${identifier(name)}`);

export const unbuildIndex = (table: TableName, { name }: Pick<Known, 'name'>): Brief => dropping(table, name);

export const takeIndexAway = (_migration: string, table: TableName, name: string): Brief =>
  dropping(table, name);

/** Every index of a table, and how often this server has used it since it started. */
export const describeIndexes = (table: TableName): Statement => ({
  text: `WITH i AS (
  SELECT s.index_name AS name, MIN(s.non_unique) = 0 AS is_unique, ${indexDefinition} AS definition,
    JSON_ARRAYAGG(s.column_name) AS columns, GROUP_CONCAT(s.column_name ORDER BY s.seq_in_index SEPARATOR ',') AS led
  FROM information_schema.statistics AS s
  WHERE s.table_schema = :schema AND s.table_name = :name
  GROUP BY s.index_name
), f AS (
  SELECT MIN(k.constraint_name) AS name, GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position SEPARATOR ',') AS led
  FROM information_schema.key_column_usage AS k
  WHERE k.table_schema = :schema AND k.table_name = :name AND k.referenced_table_name IS NOT NULL
  GROUP BY k.constraint_name
  UNION ALL
  SELECT CONCAT(MIN(k.table_name), '.', MIN(k.constraint_name)), GROUP_CONCAT(k.referenced_column_name ORDER BY k.ordinal_position SEPARATOR ',')
  FROM information_schema.key_column_usage AS k
  WHERE k.referenced_table_schema = :schema AND k.referenced_table_name = :name
  GROUP BY k.table_schema, k.table_name, k.constraint_name
), serves AS (
  SELECT i.name AS index_name, f.name AS key_name FROM i JOIN f ON LEFT(CONCAT(i.led, ','), CHAR_LENGTH(f.led) + 1) = CONCAT(f.led, ',')
)
SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ JSON_OBJECT(
  'name', i.name, 'unique', ${jsonTruth('i.is_unique')}, 'valid', TRUE, 'definition', i.definition, 'columns', i.columns,
  'partial', FALSE, 'constraint', IF(i.name = 'PRIMARY', 'PRIMARY', NULL),
  'referredBy', (SELECT COALESCE(JSON_ARRAYAGG(v.key_name), JSON_ARRAY()) FROM serves AS v
                 WHERE v.index_name = i.name
                   AND NOT EXISTS (SELECT 1 FROM serves AS o WHERE o.key_name = v.key_name AND o.index_name <> i.name)),
  'identity', FALSE, 'clustered', FALSE, 'bytes', NULL, 'comment', NULL, 'targets', JSON_ARRAY(),
  'scans', COALESCE((SELECT SUM(w.count_fetch) FROM performance_schema.table_io_waits_summary_by_index_usage AS w
                     WHERE w.object_schema = :schema AND w.object_name = :name AND w.index_name = i.name), 0),
  'lastScan', NULL,
  'countedSince', (SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL g.variable_value SECOND, '%Y-%m-%d')
                   FROM performance_schema.global_status AS g WHERE g.variable_name = 'Uptime'))
FROM i
ORDER BY i.name`,
  parameters: { schema: table.schema, name: table.name },
  catalogOnly: true,
});

/** Which of these names an index or a constraint of the table has, or a foreign key of its schema: theirs are one for all of it. */
export const takenNames = (table: TableName, names: readonly string[]): Statement => ({
  text: `SELECT JSON_OBJECT('name', n.name)
FROM JSON_TABLE(:names, '$[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$')) AS n
WHERE EXISTS (SELECT 1 FROM information_schema.statistics AS s
              WHERE s.table_schema = :schema AND s.table_name = :table AND s.index_name = n.name)
   OR EXISTS (SELECT 1 FROM information_schema.table_constraints AS k
              WHERE k.table_schema = :schema AND k.table_name = :table AND k.constraint_name = n.name)
   OR EXISTS (SELECT 1 FROM information_schema.referential_constraints AS r
              WHERE r.constraint_schema = :schema AND r.constraint_name = n.name)`,
  parameters: { schema: table.schema, table: table.name, names: JSON.stringify(names) },
  catalogOnly: true,
});
