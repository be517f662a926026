import type { MysqlColumn } from './table-description.ts';

/** The words between the quotes of an ENUM or a SET. */
export const labelsOf = (type: string): readonly string[] =>
  [...type.matchAll(/'(?<label>(?:[^']|'')*)'/gu)].map(({ groups }) =>
    (groups?.['label'] ?? '').replaceAll("''", "'"),
  );

const wholeBits: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, mediumint: 24 };

/** A number that tells rows apart is written to this base in a text. */
export const base = 36;

/** How many values that differ are made for a column, each from a number that counts up from 1; none where no two are. */
export function freshRoom({ type, dataType, length, precision, scale }: MysqlColumn): number {
  const kind = dataType.toLowerCase();
  const bits = wholeBits[kind];
  if (bits !== undefined) return 2 ** (bits - (/unsigned/iu.test(type) ? 0 : 1)) - 1;
  if (kind === 'decimal') return 10 ** Math.max(0, (precision ?? 10) - (scale ?? 0)) - 1;
  if (kind === 'char' || kind === 'varchar') return base ** (length ?? 1) - 1;
  if (kind === 'binary' || kind === 'varbinary') return 256 ** Math.min(6, length ?? 1) - 1;
  if (kind === 'enum' || kind === 'set') return labelsOf(type).length;
  if (kind === 'year') return 185;
  if (kind === 'time') return 86_399;
  return ['float', 'json', 'bit'].includes(kind) ? 0 : Infinity;
}
