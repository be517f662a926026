import * as z from 'zod';

const avoidedHours = z
  .object({
    /** The days on which they begin: 1 is Monday, 7 is Sunday. */
    days: z.array(z.number()).readonly(),
    /** Minutes after midnight, by the wall clock. */
    from: z.number(),
    /** Minutes after midnight, up to 1440; not after `from`: of the next day. */
    until: z.number(),
    /** As its author wrote it, for people. */
    written: z.string(),
  })
  .readonly();
/** Hours of the week in which nothing may be begun. */
export type AvoidedHours = z.infer<typeof avoidedHours>;

/** When a migration may change something. JSON: it lives in the ledger with the migration's settings. */
export const storedChangeWindow = z
  .object({
    /** A moment as ISO 8601 in UTC. */
    notBefore: z.string().optional(),
    avoid: z.array(avoidedHours).readonly(),
    /** IANA name of the zone by whose wall clock `avoid` is meant. */
    timeZone: z.string(),
  })
  .readonly();
export type ChangeWindow = z.infer<typeof storedChangeWindow>;

export type MayChange =
  | { readonly may: true }
  /** `untilMs`: the next moment at which it may, in milliseconds since 1970. */
  | { readonly may: false; readonly reason: string; readonly untilMs: number };

const minuteMs = 60_000;
const dayMinutes = 1440;
export const weekMinutes = 7 * dayMinutes;

/** Whether something may be begun at a moment; without a window it always may. */
export function mayChange(window: ChangeWindow | undefined, nowMs: number): MayChange {
  if (window === undefined) return { may: true };
  const notBeforeMs = window.notBefore === undefined ? -Infinity : Date.parse(window.notBefore);
  const clock = new WallClock(window.timeZone);
  const inForce = avoidedAt(window, clock.minuteOfWeek(nowMs));
  if (nowMs >= notBeforeMs && inForce === undefined) return { may: true };
  const untilMs = nextAllowed(window, clock, Math.max(nowMs, notBeforeMs));
  const why =
    inForce === undefined || nowMs < notBeforeMs
      ? `nothing is begun before ${utcText(notBeforeMs)}`
      : `nothing is begun during \`${inForce.written}\` ${window.timeZone}`;
  return { may: false, reason: `${why}; it goes on at ${utcText(untilMs)}`, untilMs };
}

/** A moment for people: `2026-12-01T06:00Z`. */
export const utcText = (ms: number): string => new Date(ms).toISOString().replace(/:00\.000Z$|\.\d+Z$/u, 'Z');

/** How many minutes of a week are not avoided. */
export const minutesLeft = (avoid: readonly AvoidedHours[]): number =>
  Array.from({ length: weekMinutes }, (_, minute) => minute).filter(
    (minute) => !avoid.some((hours) => covers(hours, minute)),
  ).length;

const avoidedAt = ({ avoid }: ChangeWindow, minute: number): AvoidedHours | undefined =>
  avoid.find((hours) => covers(hours, minute));

/** `minute` of a week that begins on Monday at midnight. */
const covers = ({ days, from, until }: AvoidedHours, minute: number): boolean =>
  days.some((day) => {
    const begins = (day - 1) * dayMinutes + from;
    const lasts = until > from ? until - from : until + dayMinutes - from;
    return (minute - begins + weekMinutes) % weekMinutes < lasts;
  });

// Clocks that are set forward may take the one allowed hour of a week; then it is the next week's.
const searchMinutes = 2 * weekMinutes + dayMinutes;

/** The first moment from one on that is not avoided; whole minutes but for the first. */
function nextAllowed(window: ChangeWindow, clock: WallClock, fromMs: number): number {
  for (let minute = 0; minute < searchMinutes; minute += 1) {
    const at = minute === 0 ? fromMs : Math.floor(fromMs / minuteMs + minute) * minuteMs;
    if (avoidedAt(window, clock.minuteOfWeek(at)) === undefined) return at;
  }
  throw new Error(`${window.avoid.map(({ written }) => written).join(', ')} leaves no minute of the week`);
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const quarterMs = 15 * minuteMs;

/** A zone's wall clock. Clocks are set at whole quarters of an hour UTC, so one look serves a quarter. */
class WallClock {
  private readonly format: Intl.DateTimeFormat;
  private quarter = { at: NaN, minute: 0 };

  constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** Minutes since Monday, midnight. */
  minuteOfWeek(ms: number): number {
    const at = Math.floor(ms / quarterMs) * quarterMs;
    if (at !== this.quarter.at) this.quarter = { at, minute: this.look(at) };
    return (this.quarter.minute + Math.floor((ms - at) / minuteMs)) % weekMinutes;
  }

  private look(ms: number): number {
    const parts = new Map(this.format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const day = weekdays.indexOf(parts.get('weekday') ?? '');
    return day * dayMinutes + Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  }
}
