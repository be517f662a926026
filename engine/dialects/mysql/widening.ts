import { isWider, wholeNumber } from './copies/whole-numbers.ts';

interface Typed {
  readonly type: string;
  readonly collation: string | null;
}

const plainName = (expression: string): string => expression.trim().replace(/^`(?<name>[^`]+)`$/u, '$<name>');

const lengthOf = (type: string): number | undefined => {
  const length = /^varchar\((?<length>\d+)\)$/u.exec(type)?.groups?.['length'];
  return length === undefined ? undefined : Number(length);
};

/** Whether a conversion only makes room: the value stays what it is, and no two become one. */
export function keepsValues(column: string, up: string, from: Typed, to: Typed): boolean {
  if (plainName(up).toLowerCase() !== column.toLowerCase()) return false;
  const [narrow, wide] = [wholeNumber(from.type), wholeNumber(to.type)];
  if (narrow !== undefined && wide !== undefined) return isWider(wide, narrow);
  const [short, long] = [lengthOf(from.type), lengthOf(to.type)];
  return short !== undefined && long !== undefined && long >= short && from.collation === to.collation;
}
