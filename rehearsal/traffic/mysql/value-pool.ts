import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { identifier, qualified } from '../../data/mysql/connection.ts';
import type { MysqlColumn } from '../../data/mysql/table-description.ts';
import type { SideValue, ValuePair } from '../acknowledged-writes.ts';
import type { PairShape } from '../conversion.ts';
import { newSidePool, Pool, type ValuePool } from '../value-pool.ts';
import type { WrittenShape } from '../written-shape.ts';
import { dataTypeOf, toText } from './column-text.ts';
import type { MysqlTarget } from './target.ts';
import { convertedPairs } from './value-pairs.ts';

const sampleSize = 500;
/** New values made at once. */
const batch = 1000;

/**
 * Values for the columns, on both sides. NULL is not among them: until reads move, MySQL takes a NULL that the new side alone
 * says, or a part of it, for a row that was saved as it was loaded before the backfill (docs/mysql.md).
 */
export async function mysqlPairPool(
  client: Connection,
  target: MysqlTarget,
  shape: PairShape,
  great: number,
): Promise<ValuePool> {
  const pairsOf = async (olds: readonly SideValue[]): Promise<readonly ValuePair[]> =>
    (await convertedPairs(client, shape, olds)).filter((pair) => !pair.new.includes(null));
  const sample = await pairsOf(await sampled(client, target));
  const make = async (first: number): Promise<readonly ValuePair[]> => {
    const [column, ...more] = target.columns;
    if (column === undefined || more.length > 0 || sample.length === 0) return [];
    // Another value may refer to nothing.
    if (target.description.foreignKeys.some(({ columns }) => columns.includes(column.name))) return [];
    const olds = Array.from({ length: batch }, (_, place) => {
      const like = sample[(first + place) % sample.length]?.old[0] ?? null;
      const varied = variation(column, like, first + place, great);
      return varied === undefined ? [] : [[varied]];
    });
    return pairsOf(olds.flat());
  };
  const pool = new Pool(sample, { unique: target.unique, nullable: false, make });
  await pool.refill();
  return pool;
}

async function sampled(client: Connection, { table, columns }: MysqlTarget): Promise<readonly SideValue[]> {
  const texts = columns.map((column) => toText(identifier(column.name), column));
  const [rows] = await client.query({
    sql: `SELECT DISTINCT ${texts.join(', ')} FROM (SELECT * FROM ${qualified(table)} WHERE ${columns.map(({ name }) => `${identifier(name)} IS NOT NULL`).join(' AND ')} LIMIT ${sampleSize * 10}) AS s LIMIT ${sampleSize}`,
    rowsAsArray: true,
  });
  return z.array(z.array(z.union([z.string(), z.number().transform(String)]))).parse(rows);
}

/** A value that no row has where the column is text, one like another where it is a number. */
function variation(
  { dataType, length, name }: MysqlColumn,
  like: string | null,
  n: number,
  great: number,
): string | undefined {
  if (/int$/iu.test(dataType) && like !== null) return String(BigInt(like) + BigInt(n % 97));
  if (!/char|text/iu.test(dataType)) return undefined;
  const token = (great + n).toString(36);
  // Words stay words: a conversion may part them.
  const words = like?.includes(' ') === true ? like.slice(like.indexOf(' ')) : '';
  const spoken = /mail/iu.test(name) ? `t${token}@example.com` : `t-${token}${words}`;
  const room = length ?? 100;
  if (spoken.length <= room) return spoken;
  return token.length <= room ? token : undefined;
}

/** Values, as text, that an application may write into a column that does not exist yet. */
export function mysqlAddedPool({ type }: WrittenShape & { readonly kind: 'added' }): ValuePool {
  const labels = [...type.matchAll(/'(?<label>(?:[^']|'')*)'/gu)].map(
    ({ groups }) => groups?.['label'] ?? '',
  );
  const kind = dataTypeOf(type);
  if (/^(?:enum|set)$/u.test(kind)) return newSidePool(labels);
  if (/int$|^decimal|^numeric|^bool/u.test(kind))
    return newSidePool(/^tinyint\(1\)|^bool/iu.test(type) ? ['0', '1'] : ['1', '2', '3']);
  if (/^date|^timestamp/u.test(kind))
    return newSidePool(kind === 'date' ? ['2024-02-29'] : ['2024-02-29 12:30:00']);
  if (/char|text/u.test(kind)) return newSidePool(['a', 'b', 'c']);
  return newSidePool([]);
}
