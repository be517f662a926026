import type { Pair, PairColumn } from '../dual-write.ts';
import { distinct, isMoment, same } from './pair.ts';
import { identifier } from './quote.ts';

// A column that every UPDATE sets by itself (ON UPDATE CURRENT_TIMESTAMP), and the one that takes its place and is set so, too.

const digitsOf = (type: string): string => /^\w+\((?<digits>\d)\)/u.exec(type)?.groups?.['digits'] ?? '';

/** Of no other number of digits than the column's own. */
const clockOf = (type: string): string => {
  const digits = digitsOf(type);
  return digits === '' ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${digits})`;
};

/** What makes every UPDATE set a column of this type, behind its default. */
export const setByUpdates = (type: string): string => ` ON UPDATE ${clockOf(type)}`;

/** Both sides of such a pair; undefined for another one. */
export function touchedPair({
  old: [old],
  new: [next],
  conversion,
}: Pick<Pair, 'old' | 'new' | 'conversion'>): TouchedPair | undefined {
  return conversion === null && old?.touched === true && next !== undefined ? { old, new: next } : undefined;
}

export interface TouchedPair {
  readonly old: PairColumn;
  readonly new: PairColumn;
}

/** A local time in autumn is two moments: seconds are counted, and the rest of a second is the same in every zone. */
function isNow(value: string, type: string): string {
  const clock = clockOf(type);
  if (!isMoment(type)) return `${value} <=> ${clock}`;
  const fraction = digitsOf(type) === '' ? '' : ` + MICROSECOND(${clock}) * 0.000001`;
  return `UNIX_TIMESTAMP(${value}) <=> UNIX_TIMESTAMP()${fraction}`;
}

const value = (image: 'NEW' | 'OLD', { column }: PairColumn): string => `${image}.${identifier(column)}`;

/**
 * Whether an UPDATE names one of both columns. MySQL sets to the moment what is not named, before the triggers, and in each row that changes: so one that has
 * not the moment was named where it has another value than before, or where the other one has the moment. Where both sides
 * disagreed before, nobody has filled the row, and its new side says nothing by staying as it is.
 */
export function isNamed({ old, new: next }: TouchedPair, side: 'old' | 'new'): string {
  const [mine, other] = side === 'old' ? [old, next] : [next, old];
  const now = value('NEW', mine);
  const differs = distinct(now, value('OLD', mine), mine.type);
  const agreed = same(value('OLD', mine), value('OLD', other), mine.type);
  return `NOT (${isNow(now, mine.type)}) AND (${differs} OR (${isNow(value('NEW', other), other.type)} AND ${agreed}))`;
}

/** In an UPDATE of several tables MySQL sets them behind the triggers, be the other side named or not: then it would be lost. */
export function refusesApart({ old, new: next }: TouchedPair): readonly string[] {
  const [left, right] = [old, next].map(({ column }) => `NEW.${identifier(column)}`);
  return [
    `IF ${distinct(left ?? '', right ?? '', old.type)} THEN`,
    "  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an UPDATE of several tables names a column that each UPDATE sets: name it by both names, or update one table';",
    'END IF;',
  ];
}
