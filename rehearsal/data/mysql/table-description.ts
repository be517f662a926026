import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import type { TableName } from '../../../engine/spec/table-name.ts';

const column = z.object({
  name: z.string(),
  /** As it is declared: `varchar(190)`. */
  type: z.string(),
  /** Its first word: `varchar`. */
  dataType: z.string(),
  nullable: z.boolean(),
  default: z.string().nullable(),
  /** `auto_increment`, `DEFAULT_GENERATED on update CURRENT_TIMESTAMP`, `STORED GENERATED`, … */
  extra: z.string(),
  /** Characters, or bytes of a binary one. */
  length: z.number().nullable(),
  precision: z.number().nullable(),
  scale: z.number().nullable(),
});
export type MysqlColumn = z.infer<typeof column>;

const uniqueSet = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  /** Whole rows are held to it, each by its whole values. */
  plain: z.boolean(),
});
export type MysqlUniqueSet = z.infer<typeof uniqueSet>;

const foreignKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  parent: z.object({ schema: z.string(), name: z.string() }),
  parentColumns: z.array(z.string()),
});
export type MysqlForeignKey = z.infer<typeof foreignKey>;

export interface MysqlTable {
  readonly table: TableName;
  readonly columns: readonly MysqlColumn[];
  /** The primary key first. */
  readonly uniqueSets: readonly MysqlUniqueSet[];
  readonly foreignKeys: readonly MysqlForeignKey[];
  /** Conditions, as the catalog writes them. */
  readonly checks: readonly string[];
  /** Whether rows of this or another table point at rows here. */
  readonly referenced: boolean;
}

export const isAutoIncrement = ({ extra }: MysqlColumn): boolean => /auto_increment/iu.test(extra);
export const isSetByUpdates = ({ extra }: MysqlColumn): boolean => /on update/iu.test(extra);
export const isGenerated = ({ extra }: MysqlColumn): boolean =>
  /\b(?:VIRTUAL|STORED) GENERATED/iu.test(extra);

const columnsQuery = `
  SELECT column_name AS name, column_type AS type, data_type AS dataType, is_nullable = 'YES' AS nullable,
         column_default AS \`default\`, extra AS extra, character_maximum_length AS length,
         numeric_precision AS \`precision\`, COALESCE(numeric_scale, datetime_precision) AS scale
    FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`;

// An expression in an index has no column, and is left out.
const listed = (names: string, place: string): string =>
  `CONCAT('[', COALESCE(GROUP_CONCAT(JSON_QUOTE(${names}) ORDER BY ${place} SEPARATOR ','), ''), ']')`;

const uniqueQuery = `
  SELECT index_name AS name, ${listed('column_name', 'seq_in_index')} AS columns,
         SUM(sub_part IS NOT NULL OR column_name IS NULL) = 0 AS plain
    FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND non_unique = 0
   GROUP BY index_name ORDER BY index_name <> 'PRIMARY', index_name`;

const foreignKeyQuery = `
  SELECT k.constraint_name AS name, ${listed('k.column_name', 'k.ordinal_position')} AS columns,
         JSON_OBJECT('schema', MIN(k.referenced_table_schema), 'name', MIN(k.referenced_table_name)) AS parent,
         ${listed('k.referenced_column_name', 'k.ordinal_position')} AS parentColumns
    FROM information_schema.key_column_usage AS k
   WHERE k.table_schema = ? AND k.table_name = ? AND k.referenced_table_name IS NOT NULL
   GROUP BY k.constraint_name ORDER BY k.constraint_name`;

const checkQuery = `
  SELECT c.check_clause AS clause
    FROM information_schema.table_constraints AS t
    JOIN information_schema.check_constraints AS c
      ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name
   WHERE t.table_schema = ? AND t.table_name = ? AND t.constraint_type = 'CHECK'`;

const referencedQuery = `
  SELECT COUNT(*) AS found FROM information_schema.key_column_usage
   WHERE referenced_table_schema = ? AND referenced_table_name = ?`;

const truth = z.coerce.number().transform((value) => value !== 0);
const list = z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text)));
const number = z.coerce.number();
const amount = z.union([z.null(), number]);

/** Reads from the catalog all that decides which rows a table takes. Undefined when there is no such table. */
export async function describeMysqlTable(
  client: Connection,
  table: TableName,
): Promise<MysqlTable | undefined> {
  const ask = async <T>(query: string, row: z.ZodType<T>): Promise<T[]> => {
    const [rows] = await client.query(query, [table.schema, table.name]);
    return z.array(row).parse(rows);
  };
  const columns = await ask(
    columnsQuery,
    column.extend({ nullable: truth, length: amount, precision: amount, scale: amount }),
  );
  if (columns.length === 0) return undefined;
  const [referenced] = await ask(referencedQuery, z.object({ found: number }));
  return {
    table,
    columns,
    uniqueSets: await ask(uniqueQuery, uniqueSet.extend({ columns: list, plain: truth })),
    foreignKeys: await ask(
      foreignKeyQuery,
      foreignKey.extend({
        columns: list,
        parentColumns: list,
        parent: z.string().transform((text) => foreignKey.shape.parent.parse(JSON.parse(text))),
      }),
    ),
    checks: (await ask(checkQuery, z.object({ clause: z.string() }))).map(({ clause }) => clause),
    referenced: (referenced?.found ?? 0) > 0,
  };
}
