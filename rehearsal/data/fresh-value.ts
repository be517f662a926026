import { withoutDomains, type ColumnType } from './column-type.ts';
import { rowNumberText } from './text-expression.ts';

/**
 * SQL that turns an existing value into one that no row holds. `token`: SQL of a whole number that is never the same
 * twice. `after`: for numbers, the greatest in the table. `undefined` for types of which there is no endless supply.
 */
export function freshValue(
  type: ColumnType,
  existing: string,
  token: string,
  after: string | null,
): string | undefined {
  const base = withoutDomains(type);
  if (base.kind === 'array') {
    const element = freshValue(base.element, `(${existing})[1]`, token, after);
    return element && `ARRAY[(${element})::${base.element.sql}]::${base.sql}`;
  }
  if (base.kind !== 'base') return undefined;
  if (base.category === 'S') return freshText(existing, token, base.length);
  return makers[base.name]?.(existing, token, after ?? '0');
}

/** A shorter column than this has room for nothing but the number itself. */
const roomForSuffix = 16;

/** The number goes before an `@`, if there is one: an e-mail address stays one. */
function freshText(existing: string, token: string, length: number | undefined): string {
  if (length !== undefined && length < roomForSuffix) return rowNumberText(token, length);
  const tail = `substr(${existing}::text, length(split_part(${existing}::text, '@', 1)) + 1)`;
  const suffix = `'.' || (${token})::text || ${tail}`;
  const head = `split_part(${existing}::text, '@', 1)`;
  if (length === undefined) return `${head} || ${suffix}`;
  return `right(left(${head}, greatest(0, ${length} - length(${suffix}))) || ${suffix}, ${length})`;
}

type Maker = (existing: string, token: string, after: string) => string;

const next: Maker = (_, token, after) => `${after} + ${token}`;
const later: Maker = (existing, token) => `${existing} + ${token} * interval '1 second'`;
const hashed =
  (length: number): Maker =>
  (_, token) =>
    `left(md5((${token})::text), ${length})`;

const makers: Readonly<Record<string, Maker>> = {
  int2: next,
  int4: next,
  int8: next,
  numeric: next,
  float4: next,
  float8: next,
  uuid: () => 'gen_random_uuid()',
  timestamp: later,
  timestamptz: later,
  interval: later,
  date: (existing, token) => `${existing} + (${token})::int`,
  bytea: (_, token) => `decode(md5((${token})::text), 'hex')`,
  inet: (_, token) => `'100.64.0.0'::inet + (${token})::int8`,
  macaddr: hashed(12),
  macaddr8: hashed(16),
  jsonb: (existing, token) => `jsonb_build_object('was', ${existing}, 'number', ${token})`,
};
