import type { PoolClient } from 'pg';
import type { ResultType } from '../result-json.ts';
import type { ResultColumn } from './statement-run.ts';

/** The service's ColumnMetadata. `type` is a java.sql.Types number, `nullable` JDBC's 0 no, 1 yes, 2 unknown. */
export interface ColumnMetadata {
  readonly name: string;
  readonly label: string;
  readonly type: number;
  readonly typeName: string;
  readonly nullable: 0 | 1 | 2;
  readonly precision: number;
  readonly scale: number;
  readonly schemaName: string;
  readonly tableName: string;
  readonly isAutoIncrement: boolean;
  readonly isSigned: boolean;
  readonly isCurrency: boolean;
  readonly isCaseSensitive: boolean;
  readonly arrayBaseColumnType: number;
}

const OTHER = 1111;
const ARRAY = 2003;
const UNBOUNDED = 2_147_483_647;

/** java.sql.Types, precision and scale as PostgreSQL's JDBC driver gives them. */
const SHAPES: Readonly<Record<string, readonly [type: number, precision: number, scale: number]>> = {
  bool: [-7, 1, 0],
  int2: [5, 5, 0],
  int4: [4, 10, 0],
  int8: [-5, 19, 0],
  float4: [7, 8, 8],
  float8: [8, 17, 17],
  numeric: [2, 0, 0],
  bytea: [-2, UNBOUNDED, 0],
  text: [12, UNBOUNDED, 0],
  varchar: [12, UNBOUNDED, 0],
  bpchar: [1, UNBOUNDED, 0],
  name: [12, 63, 0],
  date: [91, 13, 0],
  time: [92, 15, 6],
  timestamp: [93, 29, 6],
  timestamptz: [93, 35, 6],
};

const SIGNED = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);
const CASE_BLIND = new Set([...SIGNED, 'bool', 'date', 'time', 'timestamp', 'timestamptz', 'uuid']);

const COLUMN_ROWS = `
SELECT a.attrelid::text AS table, a.attnum AS number, a.attname::text AS name, a.attnotnull AS "notNull",
  a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS "autoIncrement",
  c.relname::text AS "tableName", n.nspname::text AS "schemaName"
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[])`;

interface ColumnRow {
  readonly table: string;
  readonly number: number;
  readonly name: string;
  readonly notNull: boolean;
  readonly autoIncrement: boolean;
  readonly tableName: string;
  readonly schemaName: string;
}

/** Costs a catalog query on every call, as on AWS: nothing for a loop. */
export async function columnMetadata(
  client: PoolClient,
  columns: readonly ResultColumn[],
  types: readonly ResultType[],
): Promise<readonly ColumnMetadata[]> {
  const tables = [...new Set(columns.map((column) => column.tableOid).filter((oid) => oid !== 0))];
  const { rows } = await client.query<ColumnRow>(COLUMN_ROWS, [tables]);
  const origins = new Map(rows.map((row) => [`${row.table}.${row.number}`, row]));
  return columns.map((column, index) => {
    const type = types[index] ?? { name: 'unknown', isArray: false };
    return describe(column, type, origins.get(`${column.tableOid}.${column.columnNumber}`));
  });
}

function describe(column: ResultColumn, type: ResultType, origin: ColumnRow | undefined): ColumnMetadata {
  const base = type.name.replace(/^_/, '');
  const [baseType, precision, scale] = sized(
    SHAPES[base] ?? [OTHER, UNBOUNDED, 0],
    base,
    column.typeModifier,
  );
  return {
    // The service gives the label in both, as PostgreSQL's JDBC driver does.
    name: column.label,
    label: column.label,
    type: type.isArray ? ARRAY : baseType,
    typeName: type.name,
    nullable: origin === undefined ? 2 : origin.notNull ? 0 : 1,
    precision,
    scale,
    schemaName: origin?.schemaName ?? '',
    tableName: origin?.tableName ?? '',
    isAutoIncrement: origin?.autoIncrement ?? false,
    isSigned: SIGNED.has(base),
    isCurrency: false,
    isCaseSensitive: !CASE_BLIND.has(base),
    arrayBaseColumnType: type.isArray ? baseType : 0,
  };
}

/** The type modifier holds varchar's length plus 4, and numeric's precision and scale in its two halves plus 4. */
function sized(
  [type, precision, scale]: readonly [number, number, number],
  name: string,
  modifier: number,
): readonly [number, number, number] {
  if (modifier < 4) return [type, precision, scale];
  if (name === 'varchar' || name === 'bpchar') return [type, modifier - 4, 0];
  // The scale is an 11-bit signed number since PostgreSQL 15.
  if (name === 'numeric')
    return [type, ((modifier - 4) >> 16) & 0xffff, (((modifier - 4) & 0x7ff) ^ 1024) - 1024];
  return [type, precision, scale];
}
