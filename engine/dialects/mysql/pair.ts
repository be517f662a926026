import { PreflightFailed } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';

const compared = {
  plain:
    /^(?:(?:tiny|small|medium|big)?int|decimal|float|double|date|datetime|time|year|bit|binary|varbinary|(?:tiny|medium|long)?blob)\b/iu,
  text: /^(?:char|varchar|(?:tiny|medium|long)?text|enum|set|json)\b/iu,
};

/** A moment, which an expression sees as a local time: an hour in autumn has each of those twice. */
export const isMoment = (type: string): boolean => /^timestamp\b/iu.test(type);

/** Refuses a type of which a value may become another when a trigger hands it to an expression. */
export function refuseType({ name: table }: TableName, column: string, type: string): void {
  if (!compared.plain.test(type) && !compared.text.test(type))
    throw new PreflightFailed(
      `MySQL: not supported yet: ${table}.${column} of type ${type} in another column's place`,
    );
}

/** True where two values of a type are the same in each byte that a reader could see. NULL is the same as NULL. */
export const same = (left: string, right: string, type: string): string =>
  isMoment(type)
    ? `UNIX_TIMESTAMP(${left}) <=> UNIX_TIMESTAMP(${right})`
    : compared.text.test(type)
      ? `CONVERT(${left} USING utf8mb4) COLLATE utf8mb4_0900_bin <=> CONVERT(${right} USING utf8mb4) COLLATE utf8mb4_0900_bin`
      : `${left} <=> ${right}`;

export const distinct = (left: string, right: string, type: string): string =>
  `NOT (${same(left, right, type)})`;

/** What MySQL writes into a NOT NULL column that is left out, where the mode is not strict. */
export function implicitDefault(type: string): string {
  const label = /^enum\((?<first>'(?:[^']|'')*')/iu.exec(type)?.groups?.['first'];
  if (label !== undefined) return label;
  if (/^json\b/iu.test(type)) return "CAST('null' AS JSON)";
  if (/^(?:datetime|timestamp)/iu.test(type)) return "'0000-00-00 00:00:00'";
  if (/^date\b/iu.test(type)) return "'0000-00-00'";
  if (/^time\b/iu.test(type)) return "'00:00:00'";
  return /^(?:(?:tiny|small|medium|big)?int|decimal|float|double|year|bit)\b/iu.test(type) ? '0' : "''";
}
