import type pg from 'pg';

/** A column's type, resolved to where values can be made up. `sql` is how the type is written, modifiers included. */
export type ColumnType =
  | BaseType
  | { readonly kind: 'enum'; readonly sql: string; readonly labels: readonly string[] }
  | {
      readonly kind: 'domain';
      readonly sql: string;
      readonly base: ColumnType;
      /** Expressions over VALUE, as the catalog prints them. */
      readonly checks: readonly string[];
      readonly notNull: boolean;
    }
  | { readonly kind: 'array'; readonly sql: string; readonly element: ColumnType }
  | { readonly kind: 'range'; readonly sql: string; readonly subtype: ColumnType }
  | { readonly kind: 'multirange'; readonly sql: string; readonly range: ColumnType }
  | { readonly kind: 'composite'; readonly sql: string; readonly fields: readonly ColumnType[] };

export interface BaseType {
  readonly kind: 'base';
  readonly sql: string;
  /** The catalog's name: int4, varchar, timestamptz … */
  readonly name: string;
  /** pg_type.typcategory: N number, S string, D date … */
  readonly category: string;
  /** Characters (varchar, bpchar) or bits. */
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
}

interface TypeRow {
  readonly sql: string;
  readonly name: string;
  readonly kind: string;
  readonly category: string;
  readonly base: number;
  readonly baseModifier: number;
  readonly notNull: boolean;
  readonly element: number;
  readonly labels: readonly string[];
  readonly checks: readonly string[];
  readonly fields: readonly { readonly type: number; readonly modifier: number }[];
  readonly subtype: number | null;
  readonly range: number | null;
}

const typeQuery = `
  SELECT format_type(t.oid, $2) AS sql, t.typname AS name, t.typtype::text AS kind, t.typcategory::text AS category,
         t.typbasetype::int8::float8 AS base, t.typtypmod AS "baseModifier", t.typnotnull AS "notNull",
         CASE WHEN t.typcategory = 'A' AND t.typtype = 'b' THEN t.typelem::int8::float8 ELSE 0 END AS element,
         ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS labels,
         ARRAY(SELECT pg_get_expr(conbin, 0) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c') AS checks,
         coalesce((SELECT json_agg(json_build_object('type', a.atttypid::int8, 'modifier', a.atttypmod) ORDER BY attnum)
                     FROM pg_attribute a
                    WHERE a.attrelid = t.typrelid AND t.typtype = 'c' AND attnum > 0 AND NOT attisdropped), '[]') AS fields,
         (SELECT rngsubtype::int8::float8 FROM pg_range WHERE rngtypid = t.oid) AS subtype,
         (SELECT rngtypid::int8::float8 FROM pg_range WHERE rngmultitypid = t.oid) AS range
    FROM pg_type t
   WHERE t.oid = $1`;

/** Reads a type from the catalog, through domains, arrays and composites down to base types. */
export async function readType(client: pg.ClientBase, oid: number, modifier: number): Promise<ColumnType> {
  const { rows } = await client.query<TypeRow>(typeQuery, [oid, modifier]);
  const row = rows[0];
  if (row === undefined) throw new Error(`type ${oid} is not in the catalog`);
  const { sql } = row;
  const read = (type: number, of = -1): Promise<ColumnType> => readType(client, type, of);
  if (row.kind === 'e') return { kind: 'enum', sql, labels: row.labels };
  if (row.kind === 'd') {
    const base = await read(row.base, row.baseModifier);
    return { kind: 'domain', sql, base, checks: row.checks, notNull: row.notNull };
  }
  if (row.kind === 'c') {
    const fields: ColumnType[] = [];
    for (const field of row.fields) fields.push(await read(field.type, field.modifier));
    return { kind: 'composite', sql, fields };
  }
  if (row.subtype !== null) return { kind: 'range', sql, subtype: await read(row.subtype) };
  if (row.range !== null) return { kind: 'multirange', sql, range: await read(row.range) };
  if (row.element !== 0) return { kind: 'array', sql, element: await read(row.element, modifier) };
  return baseType(row, modifier);
}

function baseType({ sql, name, category }: TypeRow, modifier: number): BaseType {
  const base: BaseType = { kind: 'base', sql, name, category };
  if (modifier < 0) return base;
  if (name === 'varchar' || name === 'bpchar') return { ...base, length: modifier - 4 };
  if (name === 'bit' || name === 'varbit') return { ...base, length: modifier };
  // numeric packs both into one number; the scale is an 11-bit signed integer since PostgreSQL 15.
  if (name === 'numeric')
    return {
      ...base,
      precision: ((modifier - 4) >> 16) & 0xffff,
      scale: (((modifier - 4) & 0x7ff) ^ 1024) - 1024,
    };
  return base;
}

/** The type under all domains. */
export function withoutDomains(type: ColumnType): ColumnType {
  return type.kind === 'domain' ? withoutDomains(type.base) : type;
}
