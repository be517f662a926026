import { createHash } from 'node:crypto';
import { NotRead, listOf, text, type RubyValue } from './call.ts';
import { singular } from './inflections.ts';

// How Rails names what a migration gives no name, and how it quotes names.

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** With its schema, where the name has one. */
export const quotedTable = (name: string): string =>
  name
    .split('.')
    .map((part) => quoted(part.replaceAll('"', '')))
    .join('.');

export const schemaOf = (table: string): string | undefined =>
  table.includes('.') ? table.split('.')[0] : undefined;
const withoutSchema = (table: string): string => table.split('.').at(-1) ?? table;

export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const hashed = (identifier: string): string =>
  createHash('sha256').update(identifier).digest('hex').slice(0, 10);

export const foreignKeyName = (table: string, columns: readonly string[]): string =>
  `fk_rails_${hashed(`${table}_${columns.join('_and_')}_fk`)}`;
export const checkName = (table: string, expression: string): string =>
  `chk_rails_${hashed(`${table}_${expression}_chk`)}`;
export const uniqueName = (table: string, columns: readonly string[]): string =>
  `uniq_rails_${hashed(`${table}_${columns.join('_and_')}_unique`)}`;
export const exclusionName = (table: string, expression: string): string =>
  `excl_rails_${hashed(`${table}_${expression}_excl`)}`;

export const foreignKeyColumn = (toTable: string): string => `${singular(withoutSchema(toTable))}_id`;

const mostIndexBytes = 62;

/** The name of an index over columns, or over an expression. */
export function indexName(table: string, columns: RubyValue, version: number): string {
  const over = indexColumns(columns);
  const parts = typeof over === 'string' ? [over.match(/\w+/gu)?.join('_') ?? ''] : over;
  const name = `index_${withoutSchema(table)}_on_${parts.join('_and_')}`;
  const bytes = Buffer.byteLength(name);
  if (version < 7.1) {
    if (bytes > mostIndexBytes + 1)
      throw new NotRead(`its index has no name, and ${name} is too long for one`);
    return name;
  }
  if (bytes <= mostIndexBytes) return name;
  const hash = `_${hashed(name)}`;
  return `${Buffer.from(`idx_on_${parts.join('_')}`)
    .subarray(0, mostIndexBytes - hash.length)
    .toString()}${hash}`;
}

/** An expression is text with more than a name in it; all else are names. */
export function indexColumns(columns: RubyValue): string | readonly string[] {
  if (typeof columns === 'string' && /\W/u.test(columns)) return columns;
  return listOf(columns).map((column) => text(column, 'a column of its index'));
}

/** The table of has_and_belongs_to_many. */
export const joinTable = (one: string, other: string): string =>
  [one, other]
    .toSorted()
    .join('\0')
    .replace(/^(.*[._])(.+)\0\1(.+)/u, '$1$2_$3')
    .replaceAll('\0', '_');
