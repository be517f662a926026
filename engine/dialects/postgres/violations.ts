import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn } from '../inspector.ts';
import type { ForbiddenRows } from '../violations.ts';
import { isByPlace } from './block-address.ts';
import { identifier, qualifiedName } from './quote.ts';

/** Beyond this many nobody counts on; the reader has understood. */
const mostCounted = 10_000;
const mostKeys = 5;

/**
 * Counts the rows that a rule forbids, to a bound, with the first keys. It is read-only whatever functions it calls, locks
 * nothing but as every SELECT does, and ends with the call's own time limit.
 */
export const countViolations = (
  table: TableName,
  key: readonly KeyColumn[],
  forbidden: ForbiddenRows,
): Statement => ({
  text: `SELECT (coalesce(e.value::jsonb, '{"rows": 0, "more": false, "keys": []}') || jsonb_build_object('writes', e.writes))::text
FROM underpin.evaluated(:reading) AS e`,
  parameters: {
    reading: `WITH found AS MATERIALIZED (
  ${violating(table, forbidden, names(key), ` LIMIT ${mostCounted + 1}`)}
)
SELECT json_build_object('rows', least(count(*), ${mostCounted}), 'more', count(*) > ${mostCounted},
  'keys', (SELECT coalesce(json_agg(first.key), '[]') FROM (${firstKeys(key)}) AS first))::text
FROM found`,
  },
});

/** Shows them to whoever may see their values. */
export const findViolations = (
  table: TableName,
  key: readonly KeyColumn[],
  forbidden: ForbiddenRows,
): string =>
  violating(table, forbidden, key.length === 0 ? '*' : isByPlace(key) ? '"ctid", *' : names(key), '');

const names = (key: readonly KeyColumn[]): string => key.map(({ name }) => identifier(name)).join(', ');

function firstKeys(key: readonly KeyColumn[]): string {
  // Without a key there is no name for a row.
  if (key.length === 0) return 'SELECT NULL AS key WHERE false';
  const parts = key.map(({ name }) => `${identifier(name)}::text`).join(', ');
  return `SELECT concat_ws(', ', ${parts}) AS key FROM found ORDER BY ${names(key)} LIMIT ${mostKeys}`;
}

function violating(table: TableName, forbidden: ForbiddenRows, columns: string, limit: string): string {
  if (forbidden.kind === 'each')
    return `SELECT ${columns} FROM ${qualifiedName(table)} WHERE ${forbidden.violated}${limit}`;
  const equal = forbidden.columns.map(identifier).join(', ');
  const present = forbidden.columns.map((column) => `${identifier(column)} IS NOT NULL`).join(' AND ');
  // All of a group, so that somebody can choose which to keep.
  return `SELECT ${columns} FROM (SELECT *, count(*) OVER (PARTITION BY ${equal}) AS "underpin n" FROM ${qualifiedName(table)} WHERE ${present}) AS ${identifier(table.name)} WHERE "underpin n" > 1${limit}`;
}
