import { PreflightFailed } from '../../database/errors.ts';
import type { KeyColumn } from '../inspector.ts';
import { characterSet } from './character-set.ts';
import { identifier } from './quote.ts';

/** A column of the key that rows are walked by: how its value is kept as text, and how it is had again, exactly. */
export interface KeyValue {
  readonly column: string;
  readonly kept: string;
  readonly had: (text: string) => string;
  readonly isWhole: boolean;
}

// A key's type ends with the column's collation where it has one.
const readers: readonly (readonly [
  RegExp,
  (type: string) => Omit<KeyValue, 'column' | 'kept'>,
  ((column: string) => string)?,
])[] = [
  [
    /^(?:tiny|small|medium|big)?int\b.*unsigned/iu,
    () => ({ had: (text) => `CAST(${text} AS UNSIGNED)`, isWhole: true }),
  ],
  [/^(?:tiny|small|medium|big)?int\b/iu, () => ({ had: (text) => `CAST(${text} AS SIGNED)`, isWhole: true })],
  [
    /^decimal\(\d+,\d+\)/iu,
    (type) => ({ had: (text) => `CAST(${text} AS ${type.split(' ')[0] ?? ''})`, isWhole: false }),
  ],
  [/^date\b/iu, () => ({ had: (text) => `CAST(${text} AS DATE)`, isWhole: false })],
  [/^datetime\b/iu, () => ({ had: (text) => `CAST(${text} AS DATETIME(6))`, isWhole: false })],
  [
    /^(?:var)?binary\b/iu,
    () => ({ had: (text) => `UNHEX(${text})`, isWhole: false }),
    (column) => `HEX(${column})`,
  ],
  [
    /^(?:var)?char\(\d+\) COLLATE \w+$/iu,
    (type) => {
      const collation = type.split(' COLLATE ')[1] ?? '';
      return {
        had: (text) => `CONVERT(${text} USING ${characterSet(collation)}) COLLATE ${collation}`,
        isWhole: false,
      };
    },
    (column) => `CONVERT(${column} USING utf8mb4)`,
  ],
];

/**
 * Of the row's column, or of the row `of`, such as `NEW.`. Raises PreflightFailed for a type that is not kept exactly: a
 * float, a moment in local time, an enum.
 */
export function keyValue({ name, type }: KeyColumn, of = ''): KeyValue {
  const found = readers.find(([pattern]) => pattern.test(type));
  if (found === undefined)
    throw new PreflightFailed(`MySQL: not supported yet: walking rows by a key of type ${type} (${name})`);
  const [, read, kept = (column: string) => `CAST(${column} AS CHAR)`] = found;
  const column = `${of}${identifier(name)}`;
  return { column, kept: kept(column), ...read(type) };
}

/** A row's key as it is kept: in checkpoints, and of rows that refuse. */
export const keptKey = (key: readonly KeyValue[]): string =>
  `JSON_ARRAY(${key.map((each) => each.kept).join(', ')})`;
