import { describe, expect, test } from 'vitest';
import { momentOn, timeAxis } from '../../report/time-axis.ts';

const start = Date.parse('2026-07-24T14:02:00.000Z');
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const labels = (fromMs: number, toMs: number): readonly string[] =>
  timeAxis(fromMs, toMs, start).ticks.map(({ label }) => label);

test('a rehearsal counts from its start, and backwards before it', () => {
  expect(labels(start - 6 * second, start + 26 * second)).toEqual([
    '−5 s',
    '0 s',
    '5 s',
    '10 s',
    '15 s',
    '20 s',
    '25 s',
  ]);
  expect(labels(start, start + 10 * minute)).toEqual(['0 min', '2 min', '4 min', '6 min', '8 min', '10 min']);
});

test('hours are reported by the clock, in UTC', () => {
  expect(labels(start, start + 5 * hour)).toEqual(['15:00', '16:00', '17:00', '18:00', '19:00']);
});

test('three weeks are reported by the day, each once', () => {
  const weeks = labels(start, start + 21 * day);
  expect(weeks.length).toBeGreaterThan(3);
  expect(weeks.length).toBeLessThan(13);
  expect(new Set(weeks).size).toBe(weeks.length);
  for (const label of weeks) expect(label).toMatch(/^\d{1,2} (?:Jul|Aug)$/u);
});

test('a night has its new day among its hours', () => {
  expect(labels(Date.parse('2026-07-24T20:00:00Z'), Date.parse('2026-07-25T08:00:00Z'))).toContain('25 Jul');
});

describe('places', () => {
  test('begin at 0, end at 1, and stay between', () => {
    const { place } = timeAxis(start, start + day, start);
    expect([start - day, start, start + day / 2, start + day, start + 2 * day].map(place)).toEqual([
      0, 0, 0.5, 1, 1,
    ]);
  });

  test('of a span of nothing are numbers', () => {
    expect(timeAxis(start, start, start).place(start)).toBe(0);
  });
});

test('a moment is reported as its axis counts', () => {
  const at = new Date(start + 6100).toISOString();
  expect(momentOn(timeAxis(start, start + minute, start), at, start)).toBe('6.10 s');
  expect(momentOn(timeAxis(start, start + day, start), at, start)).toBe('2026-07-24 14:02');
  expect(momentOn(timeAxis(start - minute, start, start), new Date(start - 5000).toISOString(), start)).toBe(
    '−5 s',
  );
});
