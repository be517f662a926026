import { scaleLinear, scaleUtc } from 'd3-scale';
import type { Report } from './report.ts';
import { isMeasured } from './report.ts';
import { duration } from './wording.ts';

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** The one time axis that all charts of a page share, so that they can be read above one another. */
export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: readonly Tick[];
  /** What the labels are: seconds since the start, or clock time. */
  readonly says: string;
  /** The place of a moment, 0 to 1. */
  readonly place: (atMs: number) => number;
}

// Below this nobody asks for the hour; above it nobody counts seconds.
const longestInSeconds = 15 * 60_000;
const wantedTicks = 6;

/** The axis over everything that a report draws. */
export function axisOf(report: Report): TimeAxis {
  const points = [
    ...(isMeasured(report.latency) ? report.latency.lines.flatMap((line) => ends(line.points)) : []),
    ...(isMeasured(report.reads) ? ends(report.reads.points) : []),
    ...report.phases.flatMap(({ from, to }) => [from, to]),
    report.ticket.from,
    report.ticket.to,
  ].map(Date.parse);
  return timeAxis(Math.min(...points), Math.max(...points), Date.parse(report.ticket.from));
}

const ends = (points: readonly { readonly at: string }[]): readonly string[] =>
  [points[0], points.at(-1)].flatMap((point) => (point === undefined ? [] : [point.at]));

/** `startMs` is zero where the axis counts seconds. A span of nothing becomes one of a second. */
export function timeAxis(fromMs: number, toMs: number, startMs: number): TimeAxis {
  const end = toMs > fromMs ? toMs : fromMs + 1000;
  const span = end - fromMs;
  const place = (atMs: number): number => Math.min(1, Math.max(0, (atMs - fromMs) / span));
  const shared = { fromMs, toMs: end, place };
  if (span <= longestInSeconds)
    return { ...shared, ticks: elapsed(fromMs, end, startMs), says: 'time since the start' };
  return { ...shared, ticks: clock(fromMs, end), says: 'UTC' };
}

function elapsed(fromMs: number, toMs: number, startMs: number): readonly Tick[] {
  const [from, to] = [(fromMs - startMs) / 1000, (toMs - startMs) / 1000];
  const inMinutes = to - from > 180;
  const unit = inMinutes ? 60 : 1;
  const scale = scaleLinear().domain([from / unit, to / unit]);
  return scale.ticks(wantedTicks).map((value) => ({
    atMs: startMs + value * unit * 1000,
    label: `${String(value).replace('-', '\u2212')} ${inMinutes ? 'min' : 's'}`,
  }));
}

function clock(fromMs: number, toMs: number): readonly Tick[] {
  const scale = scaleUtc().domain([new Date(fromMs), new Date(toMs)]);
  const ticks = scale.ticks(wantedTicks);
  const days = (ticks[1]?.getTime() ?? 0) - (ticks[0]?.getTime() ?? 0) >= 86_400_000;
  return ticks.map((date, at) => ({
    atMs: date.getTime(),
    label: days || isNewDay(ticks[at - 1], date) ? dayOf(date, days) : date.toISOString().slice(11, 16),
  }));
}

const isNewDay = (before: Date | undefined, date: Date): boolean =>
  before !== undefined && before.getUTCDate() !== date.getUTCDate();

const dayOf = (date: Date, days: boolean): string => {
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return days || date.getUTCHours() === 0 ? day : `${day} ${date.toISOString().slice(11, 16)}`;
};

/** A moment as the tables say it: since the start where that is what the axis counts, else the clock. */
export const momentOn = (axis: TimeAxis, iso: string, startMs: number): string =>
  axis.says === 'UTC'
    ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
    : `${Date.parse(iso) < startMs ? '\u2212' : ''}${duration(Math.abs(Date.parse(iso) - startMs))}`;
