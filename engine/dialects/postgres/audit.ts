import * as z from 'zod';
import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/spec.ts';
import { triggerPrefix } from './dual-write.ts';
import { identifier, literal, qualified } from './quote.ts';

const grant = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() });

export const auditFacts = z.object({
  /** null where the table is gone. */
  owner: z.string().nullable(),
  /** Those of the asked columns that are there. */
  columns: z.array(
    z.object({
      name: z.string(),
      notNull: z.boolean(),
      hasDefault: z.boolean(),
      comment: z.string().nullable(),
      grants: z.array(grant),
    }),
  ),
  indexes: z.array(z.object({ name: z.string(), unique: z.boolean(), valid: z.boolean() })),
  constraints: z.array(z.object({ name: z.string(), valid: z.boolean() })),
  /** Our triggers on the table, and our trigger function of this migration. */
  triggers: z.array(z.string()),
  functions: z.array(z.string()),
  /** Statements of this migration that run on by themselves. */
  running: z.number(),
});
export type AuditFacts = z.infer<typeof auditFacts>;

/** What the catalog says of a table and of what a migration leaves there. Reads no row of the table. */
export const describeLeftovers = (
  migration: string,
  table: TableName,
  columns: readonly string[],
): Statement => ({
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
  'indexes', (SELECT coalesce(json_agg(json_build_object('name', x.relname, 'unique', i.indisunique, 'valid', i.indisvalid)
                                       ORDER BY x.relname), '[]')
              FROM t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS x ON x.oid = i.indexrelid),
  'constraints', (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'valid', k.convalidated) ORDER BY k.conname), '[]')
                  FROM t JOIN pg_constraint AS k ON k.conrelid = t.oid),
  'triggers', (SELECT coalesce(json_agg(g.tgname ORDER BY g.tgname), '[]')
               FROM t JOIN pg_trigger AS g ON g.tgrelid = t.oid
               WHERE NOT g.tgisinternal AND starts_with(g.tgname, :prefix)),
  'functions', (SELECT coalesce(json_agg(p.oid::regprocedure::text ORDER BY p.oid), '[]')
                FROM pg_proc AS p
                WHERE p.pronamespace = to_regnamespace('underpin') AND p.proname = :function),
  'running', (SELECT count(*) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
                AND starts_with(query, '/* underpin ' || :migration || ' ')))::text`,
  parameters: {
    migration,
    schema: table.schema,
    name: table.name,
    columns: JSON.stringify(columns),
    prefix: triggerPrefix,
    function: `${migration}_dual_write`,
  },
});

/** Every row, and those without a value: a scan, for tables that are small enough. */
export const countRows = (table: TableName, column: string): Statement => ({
  text: `SELECT json_build_object('rows', count(*), 'nulls', count(*) FILTER (WHERE ${identifier(column)} IS NULL))::text
FROM ${qualified(table)}`,
});

/** The remedies, as statements that a person may run. */
export const dropTriggerText = (table: TableName, trigger: string): string =>
  `DROP TRIGGER ${identifier(trigger)} ON ${qualified(table)}`;
export const dropIndexText = (table: TableName, index: string): string =>
  `DROP INDEX CONCURRENTLY ${qualified({ schema: table.schema, name: index })}`;
export const dropColumnText = (table: TableName, column: string): string =>
  `ALTER TABLE ${qualified(table)} DROP COLUMN ${identifier(column)}`;
export const columnText = (table: TableName, column: string): string =>
  `${qualified(table)}.${identifier(column)}`;
export const validateText = (table: TableName, constraint: string): string =>
  `ALTER TABLE ${qualified(table)} VALIDATE CONSTRAINT ${identifier(constraint)}`;
export const setNotNullText = (table: TableName, column: string): string =>
  `ALTER TABLE ${qualified(table)} ALTER COLUMN ${identifier(column)} SET NOT NULL`;
export const ownerText = (table: TableName, owner: string): string =>
  `ALTER TABLE ${qualified(table)} OWNER TO ${identifier(owner)}`;
export const commentText = (table: TableName, column: string, comment: string): string =>
  `COMMENT ON COLUMN ${columnText(table, column)} IS ${literal(comment)}`;
export const grantText = (
  table: TableName,
  column: string,
  { grantee, privilege, grantable }: z.infer<typeof grant>,
): string =>
  `GRANT ${privilege} (${identifier(column)}) ON ${qualified(table)} TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}` +
  (grantable ? ' WITH GRANT OPTION' : '');
