import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { AuditedNames } from '../running-dialect.ts';
import { indexDefinition } from './index-definition.ts';
import { functionNames, isOurTrigger } from './made-names.ts';
import { identifier, qualifiedName } from './quote.ts';
import { ourSessions } from './running-statement.ts';

/** What the catalog says of a table and of what a migration leaves there. Reads no row of the table. */
export const describeLeftovers = ({ migration, table, columns, relations }: AuditedNames): Statement => ({
  text: `WITH t AS (
  SELECT c.oid, c.relowner
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = :schema AND c.relname = :name
)
SELECT json_build_object(
  'owner', (SELECT pg_get_userbyid(relowner) FROM t),
  'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'notNull', a.attnotnull, 'hasDefault', a.atthasdef,
                'comment', col_description(a.attrelid, a.attnum),
                'grants', (SELECT coalesce(json_agg(json_build_object(
                             'grantee', CASE WHEN g.grantee = 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END,
                             'privilege', g.privilege_type, 'grantable', g.is_grantable)), '[]')
                           FROM aclexplode(a.attacl) AS g))), '[]')
              FROM t JOIN pg_attribute AS a ON a.attrelid = t.oid
              WHERE a.attnum > 0 AND NOT a.attisdropped
                AND a.attname IN (SELECT jsonb_array_elements_text((:columns)::jsonb))),
  'indexes', (SELECT coalesce(json_agg(json_build_object('name', x.relname, 'unique', i.indisunique, 'valid', i.indisvalid,
                'definition', ${indexDefinition(':schema', ':name')}) ORDER BY x.relname), '[]')
              FROM t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS x ON x.oid = i.indexrelid),
  'constraints', (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'valid', k.convalidated) ORDER BY k.conname), '[]')
                  FROM t JOIN pg_constraint AS k ON k.conrelid = t.oid),
  'statistics', (SELECT coalesce(json_agg(s.stxname ORDER BY s.stxname), '[]')
                 FROM t JOIN pg_statistic_ext AS s ON s.stxrelid = t.oid),
  'replicaIdentity', (SELECT x.relname FROM t JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisreplident
                      JOIN pg_class AS x ON x.oid = i.indexrelid),
  'relations', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname)), '[]')
                FROM jsonb_to_recordset((:relations)::jsonb) AS r (schema text, name text)
                JOIN pg_namespace AS n ON n.nspname = r.schema
                JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.name),
  'triggers', (SELECT coalesce(json_agg(g.tgname ORDER BY g.tgname), '[]')
               FROM t JOIN pg_trigger AS g ON g.tgrelid = t.oid
               WHERE NOT g.tgisinternal AND ${isOurTrigger('g.tgname')}),
  'functions', (SELECT coalesce(json_agg(p.oid::regprocedure::text ORDER BY p.oid), '[]')
                FROM pg_proc AS p
                WHERE p.pronamespace = to_regnamespace('underpin') AND p.proname IN (SELECT jsonb_array_elements_text((:functions)::jsonb))),
  'running', (SELECT count(*) FROM pg_stat_activity
              WHERE ${ourSessions(':migration')}))::text`,
  parameters: {
    migration,
    schema: table.schema,
    name: table.name,
    columns: JSON.stringify(columns),
    relations: JSON.stringify(relations),
    functions: JSON.stringify(functionNames(migration)),
  },
});

/** Every row, and those without a value: a scan, for tables that are small enough. */
export const countRows = (table: TableName, column: string): Statement => ({
  text: `SELECT json_build_object('rows', count(*), 'nulls', count(*) FILTER (WHERE ${identifier(column)} IS NULL))::text
FROM ${qualifiedName(table)}`,
});
