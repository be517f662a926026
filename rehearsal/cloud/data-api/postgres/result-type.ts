import type { PoolClient } from 'pg';
import type { FieldKind, ResultType } from '../result-json.ts';

/** The service's list, and timestamptz, which it returns in UTC. Everything else is refused. */
const SUPPORTED: Readonly<Record<string, FieldKind>> = {
  bool: 'boolean',
  int2: 'long',
  int4: 'long',
  int8: 'long',
  float4: 'double',
  float8: 'double',
  numeric: 'decimal',
  bytea: 'blob',
  text: 'string',
  varchar: 'string',
  bpchar: 'string',
  name: 'string',
  uuid: 'string',
  json: 'string',
  jsonb: 'string',
  date: 'string',
  time: 'string',
  timestamp: 'string',
  timestamptz: 'timestamptz',
  cidr: 'string',
  inet: 'string',
  vector: 'string',
};

const TYPE_ROWS = `
SELECT t.oid::text, t.typname::text, t.typtype::text, e.typname::text AS element, e.typtype::text AS element_type
FROM pg_type t
LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
WHERE t.oid = ANY ($1::oid[])`;

interface TypeRow {
  readonly oid: string;
  readonly typname: string;
  readonly typtype: string;
  readonly element: string | null;
  readonly element_type: string | null;
}

/** Types of one database by OID, asked of its catalog once. An OID is not given to another type later. */
export class ResultTypes {
  readonly #known = new Map<number, ResultType>();

  /** Types in the order of `oids`, read on the session of the statement: it alone sees types of its transaction. */
  async of(client: PoolClient, oids: readonly number[]): Promise<readonly ResultType[]> {
    const unknown = oids.filter((oid) => !this.#known.has(oid));
    if (unknown.length > 0) {
      const { rows } = await client.query<TypeRow>(TYPE_ROWS, [unknown]);
      for (const row of rows) this.#known.set(Number(row.oid), typeOf(row));
    }
    return oids.map((oid) => this.#known.get(oid) ?? { name: `oid ${oid}`, isArray: false });
  }
}

function typeOf({ typname, typtype, element, element_type }: TypeRow): ResultType {
  const isArray = element !== null && element_type !== null;
  const kind = isArray ? kindOf(element, element_type) : kindOf(typname, typtype);
  // ArrayValue has no member for binary data.
  if (kind === undefined || (isArray && kind === 'blob')) return { name: typname, isArray };
  return { name: typname, isArray, kind };
}

function kindOf(name: string, typtype: string): FieldKind | undefined {
  if (typtype === 'e') return 'string';
  return typtype === 'b' && Object.hasOwn(SUPPORTED, name) ? SUPPORTED[name] : undefined;
}
