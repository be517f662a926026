import * as z from 'zod';
import type { Database, Statement } from '../../database/database.ts';
import { StatementRefused } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal } from './quote.ts';

/**
 * Foreign keys that refer to a table, or to a column of it, of tables on which the role has no right: information_schema shows the
 * others alone, and MySQL drops nothing that one refers to (3730).
 */
const hiddenKeysOf = (schema: string, name: string): string => `SELECT f.id,
    CONCAT('foreign key ', REPLACE(f.id, '/', '.'), ' of ', REPLACE(f.for_name, '/', '.')) AS what
  FROM information_schema.innodb_foreign AS f
  WHERE f.ref_name = CONCAT(${schema}, '/', ${name})
    AND NOT EXISTS (SELECT 1 FROM information_schema.referential_constraints AS k
                    WHERE CONCAT(k.constraint_schema, '/', k.constraint_name) = f.id)`;

/** A query for such keys, in words: `what`. Refused (1227) where the role may not look. */
export const keysHiddenFrom = ({ schema, name }: TableName): string =>
  hiddenKeysOf(literal(schema), literal(name));

const describeHiddenKeys = ({ schema, name }: TableName, column: string | null): Statement => ({
  text: `SELECT JSON_OBJECT('what', f.what)
FROM (${hiddenKeysOf(':schema', ':name')}) AS f
WHERE (:column IS NULL OR EXISTS (SELECT 1 FROM information_schema.innodb_foreign_cols AS c WHERE c.id = f.id AND c.ref_col_name = :column))
ORDER BY f.id`,
  parameters: { schema, name, column },
  catalogOnly: true,
});

/** Such keys in words: `foreign key shop.of_user of shop.orders`. Null where the role may not look (PROCESS). */
export async function hiddenKeys(
  database: Database,
  table: TableName,
  column: string | null = null,
): Promise<readonly string[] | null> {
  try {
    const found = await database.rows(describeHiddenKeys(table, column), z.object({ what: z.string() }));
    return found.map(({ what }) => what);
  } catch (error) {
    if (error instanceof StatementRefused) return null;
    throw error;
  }
}

/** What a plan says where the role may not look. */
export async function unseenKeys(database: Database, table: TableName): Promise<readonly string[]> {
  if ((await hiddenKeys(database, table)) !== null) return [];
  return [
    `foreign keys of tables on which the role has no right were not seen, for it lacks PROCESS: where one refers to ${table.schema}.${table.name}, MySQL does not drop the table (3730), nor a column (1829) or an index (1553) that the key needs, and the migration stops there. GRANT PROCESS ON *.* TO the role, and plan anew`,
  ];
}
