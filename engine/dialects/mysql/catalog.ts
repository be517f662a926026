import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { jsonTruth } from './quote.ts';

// Names are compared byte by byte: what information_schema holds is compared without regard to case otherwise.
const ofTable = (alias: string): string => `${alias}.table_schema = :schema AND ${alias}.table_name = :name`;

const parametersOf = ({ schema, name }: TableName) => ({ schema, name });

/** The table, or no row. A table belongs to nobody in MySQL: rights decide. */
export const describeTable = (table: TableName): Statement => ({
  text: `SELECT JSON_OBJECT(
  'kind', CASE
    WHEN t.table_type <> 'BASE TABLE' OR t.engine <> 'InnoDB' THEN 'other'
    WHEN t.create_options LIKE '%partitioned%' THEN 'partitioned'
    ELSE 'table' END,
  'storageEngine', IF(t.table_type = 'BASE TABLE' AND t.engine <> 'InnoDB', t.engine, NULL),
  'partition', FALSE,
  'inherits', FALSE,
  'rows', COALESCE(t.table_rows, -1),
  'bytes', COALESCE(t.data_length, 0),
  'owned', TRUE,
  'owner', '',
  'hidesRows', FALSE,
  'usualQuoting', ${jsonTruth("FIND_IN_SET('NO_BACKSLASH_ESCAPES', @@sql_mode) = 0 AND FIND_IN_SET('ANSI_QUOTES', @@sql_mode) = 0")},
  'version', SUBSTRING_INDEX(VERSION(), '.', 1) * 10000
    + SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', 2), '.', -1) * 100
    + REGEXP_SUBSTR(SUBSTRING_INDEX(VERSION(), '.', -1), '^[0-9]+'))
FROM information_schema.tables AS t
WHERE ${ofTable('t')}`,
  parameters: parametersOf(table),
  catalogOnly: true,
});

/** Names of tables that are there, for "did you mean". */
export const listTables = (): Statement => ({
  text: `SELECT JSON_OBJECT('schema', t.table_schema, 'name', t.table_name)
FROM information_schema.tables AS t
WHERE t.table_type = 'BASE TABLE'
  AND t.table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'underpin')
ORDER BY t.table_schema = DATABASE() DESC, t.table_schema, t.table_name
LIMIT 1000`,
  catalogOnly: true,
});

// An expression is kept as a text in a text, and what is not ASCII in it is not given back as it is.
const expressionOf = `REPLACE(REPLACE(c.column_default, '\\\\''', ''''), '\\\\\\\\', '\\\\')`;
const isLostText = 'LENGTH(c.column_default) <> CHAR_LENGTH(c.column_default)';
// Zeros at the end are left out of bytes, which a BINARY gets back by itself.
const areLostBytes =
  "(c.data_type = 'varbinary' AND c.extra NOT LIKE '%DEFAULT_GENERATED%' AND c.column_default <> '')";
const isExpression =
  "(c.extra LIKE '%DEFAULT_GENERATED%' AND c.column_default NOT LIKE 'CURRENT_TIMESTAMP%')";

// A default is kept as its value; one that is computed, as its text.
const defaultOf = `CASE
    WHEN c.column_default IS NULL THEN ''
    WHEN ${isExpression} THEN CONCAT(' DEFAULT (', ${expressionOf}, ')')
    WHEN c.extra LIKE '%DEFAULT_GENERATED%' THEN CONCAT(' DEFAULT ', c.column_default)
    -- Bytes are printed behind 0x, and none of them as nothing.
    WHEN c.data_type IN ('binary', 'varbinary') AND c.column_default IN ('', '0x') THEN ' DEFAULT '''''
    WHEN c.data_type IN ('bit', 'binary', 'varbinary') THEN CONCAT(' DEFAULT ', c.column_default)
    ELSE CONCAT(' DEFAULT ', QUOTE(c.column_default)) END`;

/**
 * A column as MODIFY has to write it, without NULL or NOT NULL: what is left out there is lost. Null where it cannot be
 * told from the catalog exactly: a generated column, a number that is drawn, a default that it does not give back as it is.
 */
const definition = `IF(c.generation_expression <> '' OR c.extra LIKE '%auto_increment%' OR (${isExpression} AND ${isLostText}) OR COALESCE(${areLostBytes}, FALSE), NULL,
  CONCAT(c.column_type,
    IF(c.collation_name IS NULL OR c.collation_name = t.table_collation, '', CONCAT(' CHARACTER SET ', c.character_set_name, ' COLLATE ', c.collation_name)),
    IF(c.srs_id IS NULL, '', CONCAT(' SRID ', c.srs_id)),
    ${defaultOf},
    IF(c.extra LIKE '%on update%', CONCAT(' ON UPDATE ', SUBSTRING_INDEX(SUBSTRING(c.extra, LOCATE('on update', c.extra) + 10), ' ', 1)), ''),
    IF(c.column_comment = '', '', CONCAT(' COMMENT ', QUOTE(c.column_comment))),
    IF(c.extra LIKE '%INVISIBLE%', ' INVISIBLE', '')))`;

const inPrimaryKey = `EXISTS (SELECT 1 FROM information_schema.statistics AS s
    WHERE s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name
      AND s.index_name = 'PRIMARY')`;

export const describeColumns = (table: TableName): Statement => ({
  text: `SELECT JSON_OBJECT(
  'name', c.column_name,
  'type', c.column_type,
  'collation', c.collation_name,
  'plain', ${jsonTruth("c.data_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'date', 'datetime', 'time', 'binary', 'varbinary')")},
  'notNull', ${jsonTruth("c.is_nullable = 'NO'")},
  'default', c.column_default,
  'identity', ${jsonTruth("c.extra LIKE '%auto_increment%'")},
  'generated', ${jsonTruth("c.generation_expression <> ''")},
  'inPrimaryKey', ${jsonTruth(inPrimaryKey)},
  'comment', NULLIF(c.column_comment, ''),
  'statistics', NULL, 'storage', NULL, 'compression', NULL, 'options', NULL,
  'inReplicaIdentity', FALSE,
  'grants', NULL,
  'sequence', NULL,
  'touched', ${jsonTruth("c.extra LIKE '%on update%'")},
  'definition', ${definition})
FROM information_schema.columns AS c
JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE ${ofTable('c')}
ORDER BY c.ordinal_position`,
  parameters: parametersOf(table),
  catalogOnly: true,
});

/** The primary key, else the narrowest unique index without NULLs, prefixes and expressions. */
export const describeKey = (table: TableName): Statement => ({
  text: `WITH usable AS (
  SELECT s.index_name, COUNT(*) AS width
  FROM information_schema.statistics AS s
  WHERE ${ofTable('s')} AND s.non_unique = 0
  GROUP BY s.index_name
  HAVING SUM(s.nullable = 'YES' OR s.sub_part IS NOT NULL OR s.column_name IS NULL) = 0
)
SELECT JSON_OBJECT('name', s.column_name, 'type', CONCAT(c.column_type, COALESCE(CONCAT(' COLLATE ', c.collation_name), '')))
FROM information_schema.statistics AS s
JOIN information_schema.columns AS c
  ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
WHERE ${ofTable('s')}
  AND s.index_name = (SELECT u.index_name FROM usable AS u ORDER BY u.index_name = 'PRIMARY' DESC, u.width, u.index_name LIMIT 1)
ORDER BY s.seq_in_index`,
  parameters: parametersOf(table),
  catalogOnly: true,
});

export const describeTriggers = (table: TableName): Statement => ({
  text: `SELECT JSON_OBJECT('name', g.trigger_name)
FROM information_schema.triggers AS g
WHERE g.event_object_schema = :schema AND g.event_object_table = :name AND g.action_timing = 'BEFORE'
  AND g.trigger_name NOT LIKE 'underpin\\\\_%'
ORDER BY g.action_order, g.trigger_name`,
  parameters: parametersOf(table),
  catalogOnly: true,
});
