import * as z from 'zod';
import type { Database } from '../../database/database.ts';
import type { Phases } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';

const openSchema = z.object({ schema: z.string(), who: z.string() });

// A superuser and the table's owner can do what they like anyway; the database's owner is nearly one.
const openSchemas = (
  table: TableName,
): string => `SELECT json_build_object('schema', schema, 'who', string_agg(who, ', ' ORDER BY who))::text
FROM (
  SELECT DISTINCT n.nspname AS schema, CASE WHEN a.grantee = 0 THEN 'everybody' ELSE a.grantee::regrole::text END AS who
  FROM unnest(current_schemas(false)) AS p (name)
  JOIN pg_namespace AS n ON n.nspname = p.name
  CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
  LEFT JOIN pg_roles AS r ON r.oid = a.grantee
  WHERE a.privilege_type = 'CREATE'
    AND NOT coalesce(r.rolsuper OR r.rolname IN (current_user, 'pg_database_owner'), false)
    AND a.grantee <> (SELECT relowner FROM pg_class WHERE oid = to_regclass(${literal(qualifiedName(table))}))
) AS open
GROUP BY schema
ORDER BY schema`;

const runsAsInstaller = (phases: Phases): boolean => JSON.stringify(phases).includes('SECURITY DEFINER');

/**
 * Names of a function that runs with the migrator's rights are found by its search_path; who may create objects there can have an
 * operator or a function found that fits the types better than PostgreSQL's own.
 */
export async function openPathWarnings(
  database: Database,
  table: TableName,
  phases: Phases,
): Promise<readonly string[]> {
  if (!runsAsInstaller(phases)) return [];
  const open = await database.rows({ text: openSchemas(table) }, openSchema);
  return open.map(
    ({ schema, who }) =>
      `the dual write runs with the migrator's rights and finds names in schema ${schema}, where others may create objects (${who}): an operator of theirs ` +
      `would be taken for types that have none of their own in pg_catalog, such as varchar. REVOKE CREATE ON SCHEMA ${schema} from them before the plan, or set a search_path without it for the migrator's role`,
  );
}
