import type { Grant } from '../../plan/expected.ts';
import type { TableName } from '../../spec/table-name.ts';
import { opaqueSource } from './opaque.ts';

// The only place that quotes identifiers and literals for PostgreSQL.

/** A column, trigger or index name. Always quoted: a reserved word or a capital needs no special case. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const qualifiedName = ({ schema, name }: TableName): string =>
  `${identifier(schema)}.${identifier(name)}`;

/** A table as SQL finds it by its name; an error where there is none. */
export const regclass = (table: TableName): string => `${literal(qualifiedName(table))}::regclass`;

export const alterTable = (table: TableName, action: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ${action}`;

/** The end of a GRANT: to whom. */
export const grantedTo = ({ grantee, grantable }: Pick<Grant, 'grantee' | 'grantable'>): string =>
  `TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`;

/** A text literal; E'' so that the meaning of a backslash does not hang on standard_conforming_strings. */
export function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return quoted.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** A moment as ISO 8601 in UTC: text that sorts as it runs. */
export const iso = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Dollar-quotes a body with a tag that the body does not hold. */
export function dollarQuoted(body: string, tag = 'underpin'): string {
  let unused = tag;
  for (let n = 1; body.includes(`$${unused}$`); n += 1) unused = `${tag}_${n}`;
  return `$${unused}$\n${body}\n$${unused}$`;
}

const mostBytes = 63;
const bytesOf = (name: string): Uint8Array => new TextEncoder().encode(name);

/** PostgreSQL would cut a longer name, with a notice that nobody reads. */
export function lengthFault(name: string): string | undefined {
  const { length } = bytesOf(name);
  return length > mostBytes ? `is ${length} bytes long; ${mostBytes} is the most` : undefined;
}

export const isReserved = (schema: string): boolean => /^(?:pg_.*|information_schema)$/.test(schema);

/** Shortens a name to PostgreSQL's 63 bytes; two long names that differ stay different. */
export function shortName(name: string): string {
  const bytes = bytesOf(name);
  if (bytes.length <= mostBytes) return name;
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  const kept = new TextDecoder('utf-8').decode(bytes.slice(0, 54)).replace(/\uFFFD+$/u, '');
  return `${kept}_${hash.toString(16).padStart(8, '0')}`;
}

/** Indents every line of a block of SQL that does not begin inside a quote: what is quoted would change. */
export const indentLines = (sql: string, by = '  '): string =>
  sql.replaceAll(piece, (token, lineStart: string | undefined) =>
    lineStart === undefined || token === '\n' ? token : by + token,
  );

const piece = new RegExp(`(?:((?<![^\\n]))|)(?:${opaqueSource}|.)`, 'gsu');
