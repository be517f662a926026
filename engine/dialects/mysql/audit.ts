import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { AuditedNames } from '../running-dialect.ts';
import { indexDefinition } from './index-definition.ts';
import { identifier, jsonTruth, qualifiedName } from './quote.ts';
import { ourSessions } from './running-statement.ts';

const ofTable = (alias: string): string => `${alias}.table_schema = :schema AND ${alias}.table_name = :name`;

/** What the catalog says of a table and of what a migration leaves there. Reads no row of the table. */
export const describeLeftovers = ({ migration, table, columns, relations }: AuditedNames): Statement => ({
  text: `SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ JSON_OBJECT(
  'owner', (SELECT '' FROM information_schema.tables AS t WHERE ${ofTable('t')}),
  'columns', (SELECT COALESCE(JSON_ARRAYAGG(JSON_OBJECT('name', c.column_name, 'notNull', ${jsonTruth("c.is_nullable = 'NO'")},
                'hasDefault', ${jsonTruth("c.column_default IS NOT NULL OR c.extra LIKE '%DEFAULT_GENERATED%'")},
                'comment', NULLIF(c.column_comment, ''), 'grants', JSON_ARRAY())), JSON_ARRAY())
              FROM information_schema.columns AS c
              WHERE ${ofTable('c')} AND JSON_CONTAINS(:columns, JSON_QUOTE(c.column_name))),
  'indexes', (SELECT COALESCE(JSON_ARRAYAGG(i.one), JSON_ARRAY()) FROM (
                SELECT JSON_OBJECT('name', s.index_name, 'unique', ${jsonTruth('MIN(s.non_unique) = 0')}, 'valid', ${jsonTruth('TRUE')},
                  'definition', ${indexDefinition}) AS one
                FROM information_schema.statistics AS s WHERE ${ofTable('s')} GROUP BY s.index_name) AS i),
  'constraints', (SELECT COALESCE(JSON_ARRAYAGG(JSON_OBJECT('name', k.constraint_name, 'valid', ${jsonTruth("k.enforced = 'YES'")})), JSON_ARRAY())
                  FROM information_schema.table_constraints AS k WHERE ${ofTable('k')}),
  'statistics', JSON_ARRAY(),
  'replicaIdentity', NULL,
  'relations', (SELECT COALESCE(JSON_ARRAYAGG(JSON_OBJECT('schema', r.table_schema, 'name', r.table_name)), JSON_ARRAY()) FROM information_schema.tables AS r
                WHERE r.table_schema = :schema AND JSON_CONTAINS(:relations, JSON_QUOTE(r.table_name))),
  'triggers', (SELECT COALESCE(JSON_ARRAYAGG(g.trigger_name), JSON_ARRAY()) FROM information_schema.triggers AS g
               WHERE g.event_object_schema = :schema AND g.event_object_table = :name AND g.trigger_name LIKE 'underpin\\\\_%'),
  'functions', (SELECT COALESCE(JSON_ARRAYAGG(CONCAT('underpin.\`', f.routine_name, '\`')), JSON_ARRAY()) FROM information_schema.routines AS f
                WHERE f.routine_schema = 'underpin' AND f.routine_type = 'FUNCTION'
                  AND f.routine_comment = CONCAT('underpin ', :migration)),
  'running', (SELECT COUNT(*) FROM performance_schema.processlist AS p
              WHERE ${ourSessions(':migration')}))`,
  parameters: {
    migration,
    schema: table.schema,
    name: table.name,
    columns: JSON.stringify(columns),
    relations: JSON.stringify(relations.map(({ name: each }) => each)),
  },
});

/** Every row, and those without a value: a scan, for tables that are small enough. */
export const countRows = (table: TableName, column: string): Statement => ({
  text: `SELECT JSON_OBJECT('rows', COUNT(*), 'nulls', COALESCE(SUM(${identifier(column)} IS NULL), 0))
FROM ${qualifiedName(table)}`,
});
