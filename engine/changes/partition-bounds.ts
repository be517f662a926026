import type { Partitions } from '../dialects/copies.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Refusal } from './kind.ts';

type Written = string | number | null;

/** What an author writes of partitions: each by name, or as many as lie between two ends. */
export interface WrittenPartitions {
  readonly by: 'range' | 'list';
  readonly column: string;
  readonly every?: Interval | number;
  readonly from?: string | number;
  readonly to?: string | number;
  readonly partitions?: Readonly<Record<string, readonly Written[]>>;
}

export const intervals = ['day', 'week', 'month', 'year'] as const;
export type Interval = (typeof intervals)[number];

const mostPartitions = 200;

/** As PostgreSQL is told them; or what is wrong with them. */
export function partitionsOf(
  change: WrittenPartitions,
  table: TableName,
  columnType: string,
): Omit<Partitions, 'rest'> | { readonly refused: Refusal } {
  const parts =
    'every' in change && change.every !== undefined ? spread(change, table, columnType) : named(change);
  if ('refused' in parts) return parts;
  if (parts.length > mostPartitions)
    return refusal(
      'partitions',
      `these are ${parts.length} partitions`,
      `Make ${mostPartitions} at the most ahead; more can be made when the migration is over.`,
    );
  return { by: change.by, column: change.column, parts };
}

type Parts = Partitions['parts'];

const refusal = (key: string, fact: string, remedy: string): { readonly refused: Refusal } => ({
  refused: { key: `change.${key}`, fact, remedy },
});

const named = ({ by, partitions = {} }: WrittenPartitions): Parts | { readonly refused: Refusal } => {
  const parts = Object.entries(partitions).map(([name, bounds]) => ({
    name,
    bounds: bounds.map((bound) => (bound === null ? null : String(bound))),
  }));
  const wrong = parts.find(({ bounds }) => by === 'range' && (bounds.length !== 2 || bounds.includes(null)));
  if (parts.length === 0)
    return refusal(
      'partitions',
      'no partition is named',
      'Name each with its values, or write `every`, `from` and `to`.',
    );
  return wrong === undefined
    ? parts
    : refusal(
        `partitions.${wrong.name}`,
        'a range has two ends',
        'Write the first value and the one that is no more in it: `[a, b]`.',
      );
};

function spread(
  { by, every, from, to }: WrittenPartitions,
  table: TableName,
  columnType: string,
): Parts | { readonly refused: Refusal } {
  if (by === 'list')
    return refusal(
      'every',
      'values of a list lie in no order',
      'Name each partition with its values under `partitions`.',
    );
  if (from === undefined || to === undefined)
    return refusal(
      from === undefined ? 'from' : 'to',
      '`every` goes from one end to another',
      'Write both `from` and `to`.',
    );
  return typeof every === 'number'
    ? numbers({ every, from: Number(from), to: Number(to) }, table)
    : dates({ every: every ?? 'month', from: String(from), to: String(to) }, table, columnType);
}

function numbers(
  { every, from, to }: { readonly every: number; readonly from: number; readonly to: number },
  table: TableName,
): Parts | { readonly refused: Refusal } {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || !(from < to))
    return refusal(
      'from',
      'numbers are spread from a smaller one to a greater one',
      'Write whole numbers, the smaller one as `from`.',
    );
  const parts: { readonly name: string; readonly bounds: readonly string[] }[] = [];
  for (let at = from; at < to && parts.length <= mostPartitions; at += every)
    parts.push({
      name: `${table.name}_${at < 0 ? `minus_${-at}` : at}`,
      bounds: [String(at), String(at + every)],
    });
  return parts;
}

const day = 86_400_000;

function dates(
  { every, from, to }: { readonly every: Interval; readonly from: string; readonly to: string },
  table: TableName,
  columnType: string,
): Parts | { readonly refused: Refusal } {
  const [first, last] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${to}T00:00:00Z`)];
  if (Number.isNaN(first) || Number.isNaN(last) || first >= last)
    return refusal(
      'from',
      'days are spread from an earlier one to a later one',
      "Write both as '2027-01-31', the earlier one as `from`.",
    );
  if ((every === 'month' || every === 'year') && !from.endsWith('-01'))
    return refusal(
      'from',
      `a ${every} is counted from the first day of a month`,
      "Write such a day: '2027-01-01'.",
    );
  const parts: { readonly name: string; readonly bounds: readonly string[] }[] = [];
  for (let at = new Date(first); at.getTime() < last && parts.length <= mostPartitions;) {
    const next = following(at, every);
    parts.push({
      name: `${table.name}_${label(at, every)}`,
      bounds: [bound(at, columnType), bound(next, columnType)],
    });
    at = next;
  }
  return parts;
}

function following(at: Date, every: Interval): Date {
  if (every === 'day') return new Date(at.getTime() + day);
  if (every === 'week') return new Date(at.getTime() + 7 * day);
  const [year, month, date] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  return new Date(every === 'month' ? Date.UTC(year, month + 1, date) : Date.UTC(year + 1, month, date));
}

const label = (at: Date, every: Interval): string =>
  at.toISOString().slice(0, { day: 10, week: 10, month: 7, year: 4 }[every]).replaceAll('-', '_');

/** In UTC where the type has a time zone: it does not hang on who makes the table. */
const bound = (at: Date, columnType: string): string => {
  const date = at.toISOString().slice(0, 10);
  return columnType === 'timestamp with time zone' ? `${date} 00:00:00+00` : date;
};
