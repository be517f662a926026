import type { MysqlColumn } from '../../data/mysql/table-description.ts';

type Typed = Pick<MysqlColumn, 'dataType'>;

const isBytes = ({ dataType }: Typed): boolean => /binary|blob/iu.test(dataType);

/** A column's value as text that comes back unchanged; `column` is its SQL. */
export function toText(column: string, of: Typed): string {
  if (isBytes(of)) return `HEX(${column})`;
  if (/^bit$/iu.test(of.dataType)) return `CAST(${column} + 0 AS CHAR)`;
  return `CAST(${column} AS CHAR CHARACTER SET utf8mb4)`;
}

/** The value of a text that `toText` gave. */
export function fromText(of: Typed, text = '?'): string {
  if (isBytes(of)) return `UNHEX(${text})`;
  if (/^bit$/iu.test(of.dataType)) return `CAST(${text} AS UNSIGNED)`;
  return text;
}

/** Whether its values survive being text. */
export const hasText = ({ dataType }: Typed): boolean =>
  !/geom|point|linestring|polygon|vector/iu.test(dataType);

/** `varchar(190)` → `varchar`. */
export const dataTypeOf = (type: string): string => /^\w+/u.exec(type)?.[0]?.toLowerCase() ?? '';
