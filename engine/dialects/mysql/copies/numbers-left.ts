import type { Column } from '../../../catalog/facts.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { identifier, literal, qualifiedName } from '../quote.ts';
import { ends, wholeNumber } from './whole-numbers.ts';

const nearPercent = 90;

/**
 * A query that has a row of JSON, `{"what": …}`, once a table has drawn most of the numbers that its column holds; none where the column
 * draws none. What is kept of AUTO_INCREMENT may be a day old, and the last number of a row does not know those that were deleted.
 */
export function numbersLeft(
  table: TableName,
  { name, type, identity }: Pick<Column, 'name' | 'type' | 'identity'>,
): string | undefined {
  const whole = wholeNumber(type);
  if (!identity || whole === undefined) return undefined;
  const [, last] = ends(whole);
  const drawn = `GREATEST(
    COALESCE((SELECT MAX(r.${identifier(name)}) FROM ${qualifiedName(table)} AS r), 0),
    COALESCE((SELECT t.auto_increment FROM information_schema.tables AS t
              WHERE t.table_schema = ${literal(table.schema)} AND t.table_name = ${literal(table.name)}), 1) - 1)`;
  const says = [
    literal(`AUTO_INCREMENT of ${table.schema}.${table.name} is at `),
    'n.percent',
    literal(
      ` % of the last number that ${type} holds, ${last}: where it gets there before the contract, every INSERT is refused`,
    ),
  ];
  return `SELECT JSON_OBJECT('what', CONCAT(${says.join(', ')}))
FROM (SELECT FLOOR(100 * ${drawn} / ${last}) AS percent) AS n
WHERE n.percent >= ${nearPercent}`;
}
