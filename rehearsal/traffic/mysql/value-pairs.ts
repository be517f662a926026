import type { Connection } from 'mysql2/promise';
import * as z from 'zod';
import { identifier } from '../../data/mysql/connection.ts';
import type { SideValue, ValuePair } from '../acknowledged-writes.ts';
import type { PairShape } from '../conversion.ts';
import type { WrittenColumn } from '../written-shape.ts';
import { dataTypeOf, fromText, toText } from './column-text.ts';

const rows = z.array(z.array(z.union([z.null(), z.string(), z.number().transform(String)])));
const values = identifier('underpin_values');

/**
 * Values on both sides, for those of the old side whose conversion there and back is exact. They are converted by the
 * migration's own expressions, in a table of the session that has the columns of both sides.
 */
export async function convertedPairs(
  client: Connection,
  shape: PairShape,
  olds: readonly SideValue[],
): Promise<readonly ValuePair[]> {
  if (olds.length === 0) return [];
  const back = shape.old.map(({ type }, at) => ({ column: `underpin_back_${at}`, type }));
  const all = [...shape.old, ...shape.new, ...back];
  await client.query(`DROP TEMPORARY TABLE IF EXISTS ${values}`);
  await client.query(
    `CREATE TEMPORARY TABLE ${values} (${all.map(({ column, type }) => `${identifier(column)} ${type} NULL`).join(', ')}) CHARACTER SET utf8mb4`,
  );
  try {
    await client.query(
      `INSERT INTO ${values} (${shape.old.map(({ column }) => identifier(column)).join(', ')}) VALUES ${olds.map(() => `(${shape.old.map(({ type }) => fromText({ dataType: dataTypeOf(type) })).join(', ')})`).join(', ')}`,
      olds.flatMap((old) => shape.old.map((_, at) => old[at] ?? null)),
    );
    await client.query(`UPDATE ${values} SET ${assigned(shape.new, shape.up)}`);
    await client.query(`UPDATE ${values} SET ${assigned(back, shape.down)}`);
    const same = shape.old.map(
      (old, at) => `${text(old)} COLLATE utf8mb4_bin <=> ${text(back[at] ?? old)} COLLATE utf8mb4_bin`,
    );
    const [found] = await client.query({
      sql: `SELECT ${[...shape.old, ...shape.new].map(text).join(', ')} FROM ${values} WHERE ${same.join(' AND ')}`,
      rowsAsArray: true,
    });
    return rows
      .parse(found)
      .map((row) => ({ old: row.slice(0, shape.old.length), new: row.slice(shape.old.length) }));
  } catch (error) {
    // A conversion refuses one of them: an application could not write it on both sides.
    if (!(error instanceof Error && 'sqlState' in error && /^(?:01|2|45|HY)/u.test(String(error.sqlState))))
      throw error;
    if (olds.length === 1) return [];
    const half = Math.ceil(olds.length / 2);
    return [
      ...(await convertedPairs(client, shape, olds.slice(0, half))),
      ...(await convertedPairs(client, shape, olds.slice(half))),
    ];
  }
}

const text = ({ column, type }: WrittenColumn): string =>
  toText(identifier(column), { dataType: dataTypeOf(type) });

const assigned = (columns: readonly WrittenColumn[], expressions: readonly string[]): string =>
  columns.map(({ column }, at) => `${identifier(column)} = (${expressions[at] ?? 'NULL'})`).join(', ');
