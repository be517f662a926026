import type { ClientBase } from 'pg';
import { identifier } from '../database/postgres-names.ts';
import type { WrittenColumn, WrittenShape } from './written-shape.ts';
import type { SideValue, ValuePair } from './acknowledged-writes.ts';

export type PairShape = WrittenShape & { readonly kind: 'pair' | 'kept' };

/** SQL (text) of each new column for SQL (text) of the old ones. The expressions speak of the columns by their names. */
export const upText = (shape: PairShape, old: readonly string[]): readonly string[] =>
  shape.new.map(({ type }, at) => converted(shape.up[at] ?? '', shape.old, type, old));
export const downText = (shape: PairShape, values: readonly string[]): readonly string[] =>
  shape.old.map(({ type }, at) => converted(shape.down[at] ?? '', shape.new, type, values));

function converted(
  expression: string,
  from: readonly WrittenColumn[],
  type: string,
  values: readonly string[],
): string {
  const typed = from.map((column, at) => `(${values[at] ?? ''})::${column.type}`);
  const written = `(SELECT ${typed.join(', ')}) AS written (${from.map(({ column }) => identifier(column)).join(', ')})`;
  return `(SELECT ((${expression})::${type})::text FROM ${written})`;
}

/** The texts of a side that stands in one JSON array, column by column. */
export const textsOf = (side: readonly WrittenColumn[], array: string): readonly string[] =>
  side.map((_, at) => `(${array} ->> ${at})`);

/** Whether texts are the same, all of them. */
export const sameTexts = (left: readonly string[], right: readonly string[]): string =>
  left.map((text, at) => `${text} IS NOT DISTINCT FROM ${right[at] ?? ''}`).join(' AND ');

/** A pair, and whether the old side comes back unchanged from the new one. */
export interface ConvertedPair {
  readonly pair: ValuePair;
  readonly comesBack: boolean;
}

/**
 * Computes the new side of old values. `relation`: SQL with a JSON array `old` of each value's columns, taking `$1` and `$2`.
 * Values that a conversion refuses are left out: an application could not write them on both sides.
 */
export async function convert(
  client: ClientBase,
  shape: PairShape,
  relation: string,
  olds: readonly SideValue[],
  tokens: readonly number[],
): Promise<readonly ConvertedPair[]> {
  if (olds.length === 0) return [];
  const printed = shape.old.map(({ type }, at) => `((v.old ->> ${at})::${type})::text`);
  const back = downText(shape, textsOf(shape.new, 'n.new'));
  const sql = `
    SELECT o.old, n.new, ${sameTexts(back, textsOf(shape.old, 'o.old'))} AS back
      FROM (SELECT jsonb_build_array(${printed.join(', ')}) AS old FROM (${relation}) v) o
     CROSS JOIN LATERAL (SELECT jsonb_build_array(${upText(shape, textsOf(shape.old, 'o.old')).join(', ')}) AS new OFFSET 0) n`;
  try {
    const { rows } = await client.query<ValuePair & { back: boolean }>(sql, [
      olds.map((old) => JSON.stringify(old)),
      tokens,
    ]);
    return rows.map((row) => ({ pair: { old: row.old, new: row.new }, comesBack: row.back }));
  } catch (error) {
    if (olds.length === 1) return [];
    if (!isDataException(error)) throw error;
    const half = Math.ceil(olds.length / 2);
    return [
      ...(await convert(client, shape, relation, olds.slice(0, half), tokens.slice(0, half))),
      ...(await convert(client, shape, relation, olds.slice(half), tokens.slice(half))),
    ];
  }
}

/** The values as they are. */
export const asGiven = 'SELECT given.old FROM unnest($1::jsonb[], $2::int8[]) AS given (old, token)';

function isDataException(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:2[123]|P0)/u.test(String(error.code));
}
