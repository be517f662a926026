import type pg from 'pg';
import type { TableName } from '../../engine/spec/table-name.ts';
import { readType, type ColumnType } from './column-type.ts';
import { readPartitioning, type Partitioning } from './partition-bounds.ts';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The default's expression; `null` when there is none. */
  readonly default: string | null;
  readonly identity: 'always' | 'by default' | null;
  readonly generated: boolean;
}

/** A primary key, unique constraint or unique index; an indexed expression counts by the columns that it reads. */
export interface UniqueSet {
  readonly name: string;
  readonly primary: boolean;
  readonly columns: readonly string[];
  /** Whole rows are held to it: not partial, no expression. Only such a set can serve as a key. */
  readonly plain: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: TableName;
  readonly parentColumns: readonly string[];
}

export interface Check {
  readonly name: string;
  readonly columns: readonly string[];
  readonly expression: string;
}

export interface TableDescription {
  readonly table: TableName;
  readonly columns: readonly Column[];
  readonly uniqueSets: readonly UniqueSet[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly Check[];
  readonly partitioning: Partitioning;
  /** What indexes and generated columns evaluate of every row. */
  readonly evaluated: readonly string[];
  /** Whether a unique or exclusion constraint is checked at commit only; ON CONFLICT refuses such a table. */
  readonly deferrable: boolean;
  /** Whether another table's rows, or this one's, point at rows here. */
  readonly referenced: boolean;
}

interface ColumnRow extends Omit<Column, 'type'> {
  readonly typeId: number;
  readonly modifier: number;
}

const columnsQuery = `
  SELECT a.attname AS name, a.atttypid::int8::float8 AS "typeId", a.atttypmod AS modifier,
         NOT a.attnotnull AS nullable, pg_get_expr(d.adbin, d.adrelid) AS default,
         CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
         a.attgenerated <> '' AS generated
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attnum`;

const nameOf = (number: string, relation: string): string =>
  `(SELECT attname::text FROM pg_attribute WHERE attrelid = ${relation} AND attnum = ${number})`;

const uniqueQuery = `
  SELECT c.relname AS name, i.indisprimary AS primary, i.indexprs IS NULL AND i.indpred IS NULL AS plain,
         CASE WHEN i.indexprs IS NULL THEN
           ARRAY(SELECT ${nameOf('k.number', 'i.indrelid')}
                   FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                  WHERE k.place <= i.indnkeyatts ORDER BY k.place)
         ELSE
           ARRAY(SELECT DISTINCT ${nameOf('d.refobjsubid', 'i.indrelid')}
                   FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                    AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
         END AS columns
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid
   ORDER BY i.indisprimary DESC, c.relname`;

const foreignKeyQuery = `
  SELECT k.conname AS name, json_build_object('schema', n.nspname, 'name', p.relname) AS parent,
         ARRAY(SELECT ${nameOf('u.number', 'k.conrelid')}
                 FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place) ORDER BY place) AS columns,
         ARRAY(SELECT ${nameOf('u.number', 'k.confrelid')}
                 FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place) ORDER BY place) AS "parentColumns"
    FROM pg_constraint k
    JOIN pg_class p ON p.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = p.relnamespace
   WHERE k.conrelid = $1 AND k.contype = 'f'
     -- A partitioned parent has one inherited constraint per partition beside the declared one.
     AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.oid = k.conparentid AND o.conrelid = k.conrelid)
   ORDER BY k.conname`;

const checkQuery = `
  SELECT k.conname AS name, pg_get_expr(k.conbin, k.conrelid) AS expression,
         ARRAY(SELECT ${nameOf('u.number', 'k.conrelid')}
                 FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place) ORDER BY place) AS columns
    FROM pg_constraint k
   WHERE k.conrelid = $1 AND k.contype = 'c'
   ORDER BY k.conname`;

const evaluatedQuery = `
  SELECT pg_get_expr(indexprs, indrelid) AS expression FROM pg_index WHERE indrelid = $1 AND indexprs IS NOT NULL
  UNION
  SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indrelid = $1 AND indpred IS NOT NULL
  UNION
  SELECT pg_get_expr(adbin, adrelid)
    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
   WHERE adrelid = $1 AND attgenerated <> ''`;

/** Reads from the catalog all that decides which rows a table takes. `undefined` when there is no such table. */
export async function describeTable(
  client: pg.ClientBase,
  table: TableName,
): Promise<TableDescription | undefined> {
  const found = await client.query<{ id: number }>(
    `SELECT c.oid::int8::float8 AS id FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
    [table.schema, table.name],
  );
  const id = found.rows[0]?.id;
  if (id === undefined) return undefined;
  const rowsOf = async <T extends pg.QueryResultRow>(query: string): Promise<readonly T[]> =>
    (await client.query<T>(query, [id])).rows;

  const columns: Column[] = [];
  for (const { typeId, modifier, ...column } of await rowsOf<ColumnRow>(columnsQuery)) {
    const type = await readType(client, typeId, modifier);
    // A domain's NOT NULL binds as a column's does.
    const nullable = column.nullable && !(type.kind === 'domain' && type.notNull);
    columns.push({ ...column, nullable, type });
  }
  const deferrable = await rowsOf('SELECT FROM pg_index WHERE indrelid = $1 AND NOT indimmediate LIMIT 1');
  const referenced = await rowsOf("SELECT FROM pg_constraint WHERE confrelid = $1 AND contype = 'f' LIMIT 1");
  return {
    table,
    columns,
    uniqueSets: await rowsOf<UniqueSet>(uniqueQuery),
    foreignKeys: await rowsOf<ForeignKey>(foreignKeyQuery),
    checks: await rowsOf<Check>(checkQuery),
    partitioning: await readPartitioning(client, id),
    evaluated: (await rowsOf<{ expression: string }>(evaluatedQuery)).map(({ expression }) => expression),
    deferrable: deferrable.length > 0,
    referenced: referenced.length > 0,
  };
}
