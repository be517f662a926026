import { literal } from '../database/postgres-names.ts';
import type { Hint, Stretch } from './check-hints.ts';
import { withoutDomains, type ColumnType } from './column-type.ts';

/** How a type steps through a stretch, in SQL. */
interface Steps {
  /** How far one goes that is open. */
  readonly reach: string;
  readonly random: (from: string, to: string) => string;
  readonly nth: (from: string, to: string, nth: string) => string;
}

const number: Steps = {
  reach: '1000',
  random: (from, to) => `${from} + floor(random() * (${to} - ${from}))`,
  nth: (from, to, nth) => `${from} + (${nth})::numeric % (${to} - ${from})`,
};
const moment: Steps = {
  reach: "interval '30 days'",
  random: (from, to) => `${from} + random() * (${to} - ${from})`,
  nth: (from, to, nth) =>
    `${from} + (${nth}) % greatest(1, floor(extract(epoch FROM ${to} - ${from})))::int8 * interval '1 second'`,
};
const day: Steps = {
  reach: '30',
  random: (from, to) => `${from} + floor(random() * (${to} - ${from}))::int`,
  nth: (from, to, nth) => `${from} + ((${nth}) % (${to} - ${from}))::int`,
};
const moments: Readonly<Record<string, Steps>> = {
  date: day,
  timestamp: moment,
  timestamptz: moment,
  interval: { ...moment, reach: "interval '1 day'" },
};
const steps: Readonly<Record<string, Steps>> = {
  ...moments,
  int2: number,
  int4: number,
  int8: number,
  numeric: number,
};

/** What partitions take, or a rule about a moment allows. */
export function stretchesOf(type: ColumnType, { stretches, earliest, latest }: Hint): readonly Stretch[] {
  if (stretches !== undefined) return stretches;
  const base = withoutDomains(type);
  const isMoment = base.kind === 'base' && moments[base.name] !== undefined;
  return isMoment && (earliest ?? latest) !== undefined
    ? [{ from: earliest ?? null, to: latest ?? null }]
    : [];
}

/**
 * SQL of a value in one of the stretches, which take turns by the row's number `n`. Of a type that is not stepped through, the first
 * of a stretch; undefined where none has a first one.
 */
export function stretchedValue(
  type: ColumnType,
  stretches: readonly Stretch[],
  { n, choice }: { readonly n: string; readonly choice: unknown },
): string | undefined {
  const base = withoutDomains(type);
  const its = base.kind === 'base' ? steps[base.name] : undefined;
  const ends = stretches.flatMap((stretch) => endsOf(stretch, base.sql, its));
  if (ends.length === 0) return undefined;
  const inTurn = (values: readonly string[]): string =>
    `(ARRAY[${values.join(', ')}]::${base.sql}[])[1 + (${n} % ${ends.length})::int]`;
  const from = inTurn(ends.map((each) => each.from));
  if (its === undefined) return from;
  const to = inTurn(ends.map((each) => each.to));
  return choice === 'random' ? its.random(from, to) : its.nth(from, to, `${n} / ${ends.length}`);
}

function endsOf(
  { from, to }: Stretch,
  sql: string,
  its: Steps | undefined,
): readonly { readonly from: string; readonly to: string }[] {
  const typed = (value: string): string => `${literal(value)}::${sql}`;
  if (from !== null && to !== null) return [{ from: typed(from), to: typed(to) }];
  if (from !== null)
    return [{ from: typed(from), to: its === undefined ? typed(from) : `${typed(from)} + ${its.reach}` }];
  return to === null || its === undefined ? [] : [{ from: `${typed(to)} - ${its.reach}`, to: typed(to) }];
}
