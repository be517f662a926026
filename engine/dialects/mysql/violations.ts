import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn } from '../inspector.ts';
import type { ForbiddenRows } from '../violations.ts';
import { identifier, qualifiedName } from './quote.ts';

/** Beyond this many nobody counts on; the reader has understood. */
const mostCounted = 10_000;
const mostKeys = 5;

const names = (key: readonly KeyColumn[]): string => key.map(({ name }) => identifier(name)).join(', ');

function violating(table: TableName, forbidden: ForbiddenRows, columns: string): string {
  if (forbidden.kind === 'each')
    return `SELECT ${columns} FROM ${qualifiedName(table)} WHERE ${forbidden.violated}`;
  const equal = forbidden.columns.map(identifier);
  const present = equal.map((column) => `${column} IS NOT NULL`).join(' AND ');
  // Equal as the columns' collations say, and so as a unique index does; all of a group, so that somebody can choose which
  // to keep. Columns are named, for `*` leaves out an invisible key.
  return `SELECT ${columns} FROM (SELECT ${columns}, COUNT(*) OVER (PARTITION BY ${equal.join(', ')}) AS \`underpin n\` FROM ${qualifiedName(table)} WHERE ${present}) AS ${identifier(table.name)} WHERE \`underpin n\` > 1`;
}

/** Shows them to whoever may see their values. */
export const findViolations = (
  table: TableName,
  key: readonly KeyColumn[],
  forbidden: ForbiddenRows,
): string => violating(table, forbidden, key.length === 0 ? '*' : names(key));

/** Counts the rows that a rule forbids, to a bound, with the first keys. It locks nothing: every SELECT reads a snapshot. */
export const countViolations = (
  table: TableName,
  key: readonly KeyColumn[],
  forbidden: ForbiddenRows,
): Statement => {
  const found = `${violating(table, forbidden, key.length === 0 ? '1 AS one' : names(key))} LIMIT ${mostCounted + 1}`;
  // Without a key there is no name for a row.
  const keys =
    key.length === 0
      ? 'JSON_ARRAY()'
      : `(SELECT COALESCE(JSON_ARRAYAGG(f.row_key), JSON_ARRAY()) FROM (
    SELECT CONCAT_WS(', ', ${names(key)}) AS row_key FROM found ORDER BY ${names(key)} LIMIT ${mostKeys}) AS f)`;
  return {
    text: `WITH found AS (
  ${found}
)
SELECT JSON_OBJECT('rows', LEAST(COUNT(*), ${mostCounted}), 'more', CAST(IF(COUNT(*) > ${mostCounted}, 'true', 'false') AS JSON),
  'keys', ${keys}, 'writes', FALSE)
FROM found`,
  };
};
