import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mayChange,
  minutesLeft,
  weekMinutes,
  type ChangeWindow,
} from '../../../engine/spec/change-window.ts';
import { parseSpec } from '../../../engine/spec/spec.ts';

const windowOf = (yaml: string): ChangeWindow | undefined =>
  parseSpec(
    `goal: g\ntable: t\nchange: { kind: rename-column, from: a, to: b }\nchangeWindow: ${yaml}\n`,
    'm.yaml',
  ).changeWindow;
const at = (iso: string, window: ChangeWindow | undefined) => mayChange(window, Date.parse(iso));
const until = (iso: string): unknown => expect.objectContaining({ may: false, untilMs: Date.parse(iso) });
const may = { may: true };
const daysOf = (written: string) => windowOf(`{ avoid: ['${written}'], timeZone: UTC }`)?.avoid[0]?.days;

const working = windowOf("{ avoid: ['Mon-Fri 08:00-18:00'], timeZone: Europe/Berlin }");
const nightly = windowOf("{ avoid: ['Fri 22:00-06:00'], timeZone: America/New_York }");

describe('a change window', () => {
  test('without one, there is always time', () => {
    expect(at('2026-12-01T06:00:00Z', undefined)).toEqual(may);
  });

  test('is of the wall clock: the same hour of UTC is inside in winter and outside in summer', () => {
    expect(at('2026-01-12T07:00:00Z', working)).toEqual(until('2026-01-12T17:00:00Z'));
    expect(at('2026-01-12T06:59:59Z', working)).toEqual(may);
    expect(at('2026-07-13T06:00:00Z', working)).toEqual(until('2026-07-13T16:00:00Z'));
    expect(at('2026-07-13T16:00:00Z', working)).toEqual(may);
    expect(at('2026-01-10T10:00:00Z', working)).toEqual(may);
  });

  test('goes over midnight into a day that it does not name', () => {
    expect(at('2026-01-10T03:00:00Z', nightly)).toEqual(until('2026-01-10T11:00:00Z'));
    expect(at('2026-01-10T10:59:00Z', nightly)).toEqual(until('2026-01-10T11:00:00Z'));
    expect(at('2026-01-09T10:00:00Z', nightly)).toEqual(may);
  });

  test('an hour that a clock skips or shows twice is neither lost nor found', () => {
    const night = windowOf("{ avoid: ['01:30-03:15'], timeZone: Europe/Berlin }");
    // 2:00 to 3:00 does not exist: fifteen minutes on the clock after an hour and a quarter.
    expect(at('2026-03-29T00:30:00Z', night)).toEqual(until('2026-03-29T01:15:00Z'));
    // 2:00 to 3:00 comes twice.
    expect(at('2026-10-24T23:30:00Z', night)).toEqual(until('2026-10-25T02:15:00Z'));
  });

  test('the only allowed hour is skipped by the clock: the next week has it', () => {
    const sunday = windowOf(
      "{ avoid: ['Mon-Sat 00:00-24:00', 'Sun 00:00-02:00', 'Sun 03:00-24:00'], timeZone: Europe/Berlin }",
    );
    expect(at('2026-03-28T12:00:00Z', sunday)).toEqual(until('2026-04-05T00:00:00Z'));
  });

  test('notBefore is a moment of its own, and the hours count from it', () => {
    const late = windowOf(
      "{ notBefore: 2026-01-12T09:00:00+01:00, avoid: ['Mon-Fri 08:00-18:00'], timeZone: Europe/Berlin }",
    );
    expect(late?.notBefore).toBe('2026-01-12T08:00:00.000Z');
    expect(at('2026-01-11T12:00:00Z', late)).toEqual({
      may: false,
      untilMs: Date.parse('2026-01-12T17:00:00Z'),
      reason: 'nothing is begun before 2026-01-12T08:00Z; it goes on at 2026-01-12T17:00Z',
    });
    expect(at('2026-01-12T17:00:00Z', late)).toEqual(may);
    expect(at('2026-01-12T09:00:00Z', late)).toMatchObject({
      reason: 'nothing is begun during `Mon-Fri 08:00-18:00` Europe/Berlin; it goes on at 2026-01-12T17:00Z',
    });
  });

  test('days may be listed, go over Sunday, or be left out', () => {
    expect(daysOf('Sat-Mon 08:00-09:00')).toEqual([1, 6, 7]);
    expect(daysOf('Mon,Wed-Thu 08:00-09:00')).toEqual([1, 3, 4]);
    expect(daysOf('08:00-09:00')).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

/** What a clock on the wall shows, asked for each minute. */
function wallMinute(ms: number, timeZone: string): { readonly day: number; readonly minute: number } {
  const shown = new Date(ms).toLocaleString('sv-SE', { timeZone });
  const [date = '', time = ''] = shown.split(' ');
  const day = ((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
  return { day, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) };
}

function shutBy({ avoid, timeZone }: ChangeWindow, ms: number): boolean {
  const { day, minute } = wallMinute(ms, timeZone);
  const before = ((day + 5) % 7) + 1;
  return avoid.some(({ days, from, until: end }) =>
    end > from
      ? days.includes(day) && minute >= from && minute < end
      : (days.includes(day) && minute >= from) || (days.includes(before) && minute < end),
  );
}

// The days on which these clocks are set, and the ends of the year; Lord Howe goes by half an hour.
const moments = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-10-04',
  '2026-10-25',
  '2026-11-01',
  '2026-12-31',
];
const hours = record({
  days: array(integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }),
  from: integer({ min: 0, max: 1439 }),
  until: integer({ min: 1, max: 1440 }),
  written: constantFrom('these'),
});
const windows = record({
  avoid: array(hours, { minLength: 1, maxLength: 3 }).filter((avoid) => minutesLeft(avoid) > 120),
  timeZone: constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'America/St_Johns',
    'UTC',
  ),
});

test('what a window says is what a clock on the wall says, and the next moment is the first, on any day', () => {
  assert(
    property(windows, constantFrom(...moments), integer({ min: -1440, max: 2880 }), (window, day, offset) => {
      const now = Date.parse(day) + offset * 60_000;
      const said = mayChange(window, now);
      expect(said.may).toBe(!shutBy(window, now));
      if (said.may) return;
      expect(said.untilMs).toBeGreaterThan(now);
      expect(said.untilMs - now).toBeLessThanOrEqual(2 * weekMinutes * 60_000);
      expect(shutBy(window, said.untilMs)).toBe(false);
      // Every minute of short waits, some of long ones: a clock on the wall is slow to ask.
      const stepMs = Math.max(1, Math.floor((said.untilMs - now) / 60_000 / 60)) * 60_000;
      for (let ms = now; ms < said.untilMs; ms += stepMs) expect(shutBy(window, ms)).toBe(true);
    }),
    { numRuns: 150 },
  );
});
