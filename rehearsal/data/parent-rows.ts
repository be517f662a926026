import type pg from 'pg';
import { identifier, qualified } from '../database/postgres-names.ts';
import type { ForeignKey, TableDescription } from './table-description.ts';
import type { Role } from './unique-plan.ts';

/** A foreign key with its parent's keys laid ready in a temporary table, numbered from 1 as `pick`. */
export interface Parents {
  readonly key: ForeignKey;
  readonly temporary: string;
  readonly count: number;
  /** The key's columns that an earlier foreign key gives already: the parent must agree with it. */
  readonly shared: readonly string[];
  /** Whether the row may do without. */
  readonly optional: boolean;
}

/** Enough to choose from; a key that must be unique needs as many as rows. */
const sampleSize = 100_000;

/** Foreign keys in the order in which they give values, each with the columns that earlier ones have given. */
export function inOrder(
  foreignKeys: readonly ForeignKey[],
): readonly { readonly key: ForeignKey; readonly shared: readonly string[] }[] {
  const given = new Set<string>();
  const widestFirst = foreignKeys.toSorted((a, b) => b.columns.length - a.columns.length);
  return widestFirst.flatMap((key) => {
    const shared = key.columns.filter((column) => given.has(column));
    for (const column of key.columns) given.add(column);
    // All columns given: what remains, as a tenant's own key beside (tenant, user), follows from the other parent.
    return shared.length === key.columns.length ? [] : [{ key, shared }];
  });
}

/** The value that a foreign key gives to a column, in the layers of `joinParents`. */
export const valueGivenBy = (column: string): string => identifier(`given.${column}`);

/**
 * Lays the parents' keys ready. `unused`: only those that no row points at yet, for a foreign key that is unique by
 * itself.
 */
export async function readyParents(
  client: pg.ClientBase,
  { table, columns }: TableDescription,
  { key, shared }: { readonly key: ForeignKey; readonly shared: readonly string[] },
  temporary: string,
  wanted: { readonly rows: number; readonly unused: boolean },
): Promise<Parents> {
  const pairs = key.columns.map((column, place) => ({
    column,
    parent: identifier(key.parentColumns[place] ?? column),
  }));
  const partition = pairs.filter((pair) => shared.includes(pair.column)).map((pair) => `p.${pair.parent}`);
  const known = pairs.map((pair) => `p.${pair.parent} IS NOT NULL`);
  const free = `NOT EXISTS (SELECT FROM ${qualified(table)} c WHERE ${pairs
    .map((pair) => `c.${identifier(pair.column)} = p.${pair.parent}`)
    .join(' AND ')})`;
  const over = partition.length > 0 ? `PARTITION BY ${partition.join(', ')}` : '';
  await client.query(`DROP TABLE IF EXISTS pg_temp.${identifier(temporary)}`);
  const { rowCount } = await client.query(`
    CREATE TEMPORARY TABLE ${identifier(temporary)} AS
    SELECT row_number() OVER (${over}) AS pick,
           count(*) OVER (${over}) AS picks,
           ${pairs.map((pair) => `p.${pair.parent} AS ${valueGivenBy(pair.column)}`).join(', ')}
      FROM (SELECT * FROM ${qualified(key.parent)} p
             WHERE ${[...known, ...(wanted.unused ? [free] : [])].join(' AND ')}
             LIMIT ${Math.max(wanted.rows, sampleSize)}) p`);
  await client.query(`ANALYZE pg_temp.${identifier(temporary)}`);
  const optional = columns.some(
    (column) => column.nullable && key.columns.includes(column.name) && !shared.includes(column.name),
  );
  return { key, temporary, count: rowCount ?? 0, shared, optional };
}

/** SQL that gives `n` for every candidate row and, for each foreign key, the values of a parent under `givenBy`. */
export function joinParents(
  from: string,
  parents: readonly Parents[],
  roleOf: (key: ForeignKey) => Role | undefined,
): string {
  return parents.reduce((layer, parent) => joinParent(layer, parent, roleOf(parent.key) ?? 'random'), from);
}

function joinParent(layer: string, { key, temporary, count, shared, optional }: Parents, role: Role): string {
  const own = key.columns.filter((column) => !shared.includes(column));
  const values = own.map((column) => `p.${valueGivenBy(column)}`).join(', ');
  const relation = `pg_temp.${identifier(temporary)}`;
  // Ordered rows are spared a share of NULLs: a unique set counts on running through its combinations.
  const sparing = optional && role === 'random' ? 'CASE WHEN random() < 0.9 THEN ' : '';
  const spared = sparing === '' ? '' : ' END';
  const join = optional ? 'LEFT JOIN' : 'JOIN';
  const number = (size: string): string =>
    typeof role === 'object'
      ? `1 + ((l.n - 1) / ${role.stride}) % ${size}`
      : `1 + floor(random() * ${size})::int8`;
  const pick = identifier(`pick from ${temporary}`);
  const agreeing = (a: string, b: string): string =>
    shared.map((column) => ` AND ${a}.${valueGivenBy(column)} = ${b}.${valueGivenBy(column)}`).join('');
  const counted = shared.length === 0 ? '' : `${join} ${relation} c ON c.pick = 1${agreeing('c', 'l')}`;
  const size = shared.length === 0 ? String(Math.max(1, count)) : 'c.picks';
  return `
    SELECT l.*, ${values}
      FROM (SELECT l.*, ${sparing}${number(size)}${spared} AS ${pick}
              FROM (${layer}) l ${counted}) l
      ${join} ${relation} p ON p.pick = l.${pick}${agreeing('p', 'l')}`;
}
