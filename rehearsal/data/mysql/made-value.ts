import type { Random } from '../../traffic/random.ts';
import { base, labelsOf } from './fresh-room.ts';
import type { MysqlColumn } from './table-description.ts';

const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heath',
  'islet',
  'jetty',
  'knoll',
  'lagoon',
];
const given = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Frances',
  'Margaret',
  'Niklaus',
  'Radia',
];
const family = ['Moss', 'Lane', 'Fischer', 'Rossi', 'Novak', 'Silva', 'Tanaka', 'Okoye', 'Larsen', 'Khan'];

export interface Wish {
  /** A number that no other row has; undefined where rows may be alike. */
  readonly fresh: number | undefined;
  /** Values that the table's rules speak of. */
  readonly hinted: readonly string[];
}

/** A value as text that a column may hold, as `VALUES` takes it; undefined for a type of which none can be made. */
export function madeValue(column: MysqlColumn, wish: Wish, random: Random): string | Buffer | undefined {
  const { dataType, hinted } = { ...column, ...wish };
  const isListed = /^(?:enum|set)$/iu.test(dataType);
  if (wish.fresh === undefined && hinted.length > 0 && !isListed) return one(hinted, random);
  return makers[dataType.toLowerCase()]?.(column, wish.fresh, random);
}

type Maker = (column: MysqlColumn, fresh: number | undefined, random: Random) => string | Buffer | undefined;

const one = <T>(items: readonly T[], random: Random): T | undefined =>
  items[Math.floor(random() * items.length)];
const upTo = (most: number, random: Random): number => Math.floor(random() * (most + 1));

const whole =
  (bits: number): Maker =>
  ({ type }, fresh, random) => {
    const greatest = 2 ** (bits - (/unsigned/iu.test(type) ? 0 : 1)) - 1;
    if (fresh !== undefined) return fresh <= greatest ? String(fresh) : undefined;
    return String(upTo(Math.min(greatest, 10_000), random));
  };

const decimal: Maker = ({ precision, scale }, fresh, random) => {
  const places = scale ?? 0;
  const greatest = 10 ** Math.min(9, Math.max(1, (precision ?? 10) - places)) - 1;
  if (fresh !== undefined) return fresh <= greatest ? String(fresh) : undefined;
  return (random() * Math.min(greatest, 10_000)).toFixed(places);
};

const text: Maker = ({ name, length }, fresh, random) => {
  const room = length ?? 200;
  if (fresh === undefined) return likeItsName(name, random).slice(0, room);
  const token = fresh.toString(base);
  if (token.length > room) return undefined;
  const spoken = /mail/iu.test(name) ? `${token}@example.com` : `${one(words, random)}-${token}`;
  return spoken.length <= room ? spoken : token;
};

function likeItsName(name: string, random: Random): string {
  if (/mail/iu.test(name)) return `${one(words, random)}.${upTo(9999, random)}@example.com`;
  if (/currency/iu.test(name)) return one(['EUR', 'USD', 'GBP', 'JPY', 'CHF'], random) ?? '';
  if (/country/iu.test(name)) return one(['DE', 'US', 'GB', 'JP', 'CH', 'BR'], random) ?? '';
  if (/uuid|guid/iu.test(name)) return uuid(random);
  if (/name/iu.test(name)) return `${one(given, random)} ${one(family, random)}`;
  return [words, words, words].map((list) => one(list, random)).join(' ');
}

const bytes: Maker = ({ length }, fresh, random) => {
  const room = Math.min(length ?? 16, 16);
  const made = Buffer.from(Array.from({ length: room }, () => upTo(255, random)));
  if (fresh === undefined) return made;
  const counted = Math.min(room, 6);
  made.writeUIntBE(fresh, 0, counted);
  return made;
};

const hex = (digits: number, random: Random): string =>
  Array.from({ length: digits }, () => upTo(15, random).toString(16)).join('');
const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((digits) => hex(digits, random)).join('-');

const day = 86_400_000;
const spanFrom = Date.UTC(2020, 0, 1);
/** In the last years, and apart by seconds where rows must differ. */
const moment = (fresh: number | undefined, random: Random): Date =>
  new Date(
    spanFrom + (fresh === undefined ? upTo(1_800, random) * day + upTo(day - 1, random) : fresh * 1000),
  );
const stamp: Maker = (_, fresh, random) => moment(fresh, random).toISOString().slice(0, 19).replace('T', ' ');

const label: Maker = ({ type }, fresh, random) =>
  fresh === undefined ? one(labelsOf(type), random) : labelsOf(type)[fresh - 1];

const makers: Readonly<Record<string, Maker>> = {
  tinyint: ({ type, ...column }, fresh, random) =>
    /^tinyint\(1\)/iu.test(type) && fresh === undefined
      ? String(upTo(1, random))
      : whole(8)({ type, ...column }, fresh, random),
  smallint: whole(16),
  mediumint: whole(24),
  int: whole(32),
  bigint: whole(52),
  decimal,
  float: decimal,
  double: decimal,
  bit: (_, fresh, random) => (fresh === undefined ? Buffer.from([upTo(1, random)]) : undefined),
  char: text,
  varchar: text,
  tinytext: text,
  text,
  mediumtext: text,
  longtext: text,
  binary: bytes,
  varbinary: bytes,
  tinyblob: bytes,
  blob: bytes,
  mediumblob: bytes,
  longblob: bytes,
  date: (_, fresh, random) =>
    moment(fresh === undefined ? undefined : fresh * 86_400, random)
      .toISOString()
      .slice(0, 10),
  datetime: stamp,
  timestamp: stamp,
  time: (column, fresh, random) =>
    fresh === undefined
      ? stamp(column, fresh, random)?.slice(11).toString()
      : new Date(fresh * 1000).toISOString().slice(11, 19),
  year: (_, fresh, random) => String(fresh === undefined ? 2000 + upTo(25, random) : 1970 + fresh),
  enum: label,
  set: label,
  json: (_, fresh, random) =>
    JSON.stringify({ word: one(words, random), number: fresh ?? upTo(999, random) }),
};
