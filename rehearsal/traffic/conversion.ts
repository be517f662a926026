import type { ClientBase } from 'pg';
import { identifier } from '../database/postgres-names.ts';
import type { WrittenShape } from './written-shape.ts';
import type { ValuePair } from './acknowledged-writes.ts';

export type PairShape = WrittenShape & { readonly kind: 'pair' | 'kept' };

/** SQL (text) of the new side for SQL (text) of the old one. The expression speaks of the column by its name. */
export const upText = (shape: PairShape, old: string): string =>
  converted(shape.up, shape.old, shape.new, old);
export const downText = (shape: PairShape, value: string): string =>
  converted(shape.down, shape.new, shape.old, value);

interface Side {
  readonly column: string;
  readonly type: string;
}

function converted(expression: string, from: Side, to: Side, value: string): string {
  const written = `(SELECT (${value})::${from.type}) AS written (${identifier(from.column)})`;
  return `(SELECT ((${expression})::${to.type})::text FROM ${written})`;
}

/** A pair, and whether the old side comes back unchanged from the new one. */
export interface Converted {
  readonly pair: ValuePair;
  readonly comesBack: boolean;
}

/**
 * Computes the new side of old values. `values`: SQL of a relation with a text column `old`, taking `$1` and `$2`.
 * Values that a conversion refuses are left out: an application could not write them on both sides.
 */
export async function convert(
  client: ClientBase,
  shape: PairShape,
  relation: string,
  olds: readonly (string | null)[],
  tokens: readonly number[],
): Promise<readonly Converted[]> {
  if (olds.length === 0) return [];
  const sql = `
    SELECT o.old, n.new, ${downText(shape, 'n.new')} IS NOT DISTINCT FROM o.old AS back
      FROM (SELECT (v.old::${shape.old.type})::text AS old FROM (${relation}) v) o
     CROSS JOIN LATERAL (SELECT ${upText(shape, 'o.old')} AS new OFFSET 0) n`;
  try {
    const { rows } = await client.query<ValuePair & { back: boolean }>(sql, [olds, tokens]);
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
export const asGiven = 'SELECT given.old FROM unnest($1::text[], $2::int8[]) AS given (old, token)';

function isDataException(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:2[123]|P0)/u.test(String(error.code));
}
