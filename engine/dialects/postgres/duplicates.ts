import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { ConvertedColumn, UniqueIndex } from '../inspector.ts';
import { identifier, qualifiedName } from './quote.ts';

/** Counts rows that a unique index would take for equal once they are converted, among the first so many. */
export const countDuplicates = (
  table: TableName,
  converted: readonly ConvertedColumn[],
  index: UniqueIndex,
  mostRows: number,
): Statement => ({
  text: `SELECT (coalesce(e.value::jsonb, '{"groups": 0, "rows": 0, "more": false}') || jsonb_build_object('writes', e.writes))::text
FROM underpin.evaluated(:reading) AS e`,
  parameters: {
    reading: `SELECT json_build_object('groups', count(*), 'rows', coalesce(sum(equal.n), 0),
  'more', EXISTS (SELECT FROM ${qualifiedName(table)} OFFSET ${mostRows} LIMIT 1))::text
FROM (
${equalRows(table, converted, index, `\n  LIMIT ${mostRows}`)}
) AS equal`,
  },
});

/** Shows them to whoever may see their values. */
export const findDuplicates = (
  table: TableName,
  converted: readonly ConvertedColumn[],
  index: UniqueIndex,
): string => equalRows(table, converted, index).replaceAll(/\s*\n\s*/gu, ' ');

function equalRows(
  table: TableName,
  converted: readonly ConvertedColumn[],
  { keys, predicate, nullsDistinct }: UniqueIndex,
  limit = '',
): string {
  const computed = converted.map(
    ({ column, expression, type, collation }) =>
      `((${expression})::${type})${collation === null ? '' : ` COLLATE ${collation}`} AS ${identifier(column)}`,
  );
  const where = [
    ...(predicate === null ? [] : [`(${predicate})`]),
    ...(nullsDistinct ? keys.map((key) => `(${key}) IS NOT NULL`) : []),
  ];
  return [
    `SELECT ${keys.map((key) => `(${key})`).join(', ')}, count(*) AS n`,
    'FROM (',
    `  SELECT *, ${computed.join(', ')} FROM ${qualifiedName(table)}${limit}`,
    `) AS ${identifier(table.name)}`,
    ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
    // By place a constant would be meant, by itself a column of the result.
    `GROUP BY ${keys.map((key) => `(${key})`).join(', ')}`,
    'HAVING count(*) > 1',
  ].join('\n');
}
