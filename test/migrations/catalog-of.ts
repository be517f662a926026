import type { Client } from 'pg';

/** What the catalog says of a table: enough to see that a migration left nothing behind, or put everything back. */
export interface TableCatalog {
  readonly columns: Readonly<Record<string, string>>;
  readonly indexes: readonly string[];
  readonly constraints: readonly string[];
  readonly triggers: readonly string[];
  /** Our trigger functions, whatever their table. */
  readonly functions: readonly string[];
}

export async function catalogOf(client: Client, table: string): Promise<TableCatalog> {
  const list = async (sql: string, values: readonly string[] = [table]): Promise<readonly string[]> =>
    (await client.query<{ text: string }>(sql, [...values])).rows.map(({ text }) => text);
  const columns = await client.query<{ name: string; text: string }>(
    `SELECT attname AS name,
            concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
                      'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS text
     FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return {
    columns: Object.fromEntries(columns.rows.map(({ name, text }) => [name, text])),
    indexes: await list(
      'SELECT pg_get_indexdef(indexrelid) AS text FROM pg_index WHERE indrelid = to_regclass($1) AND indisvalid ORDER BY 1',
    ),
    constraints: await list(
      `SELECT conname || ' ' || pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conrelid = to_regclass($1) ORDER BY 1`,
    ),
    triggers: await list(
      'SELECT tgname::text AS text FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal ORDER BY 1',
    ),
    functions: await list(
      `SELECT proname::text AS text FROM pg_proc
       WHERE pronamespace = to_regnamespace('underpin') AND proname LIKE '%dual_write' ORDER BY 1`,
      [],
    ),
  };
}

/** The views that read a table, each with its text, its comment and the types of its columns. */
export async function viewsOf(client: Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ text: string }>(
    `SELECT DISTINCT format('%s %s %s %s', v.oid::regclass, pg_get_viewdef(v.oid), obj_description(v.oid, 'pg_class'),
       (SELECT array_agg(format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute WHERE attrelid = v.oid)) AS text
     FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
     JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND v.oid <> d.refobjid ORDER BY 1`,
    [table],
  );
  return rows.map(({ text }) => text);
}
