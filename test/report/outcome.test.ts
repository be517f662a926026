import { describe, expect, test } from 'vitest';
import { alarmMarks } from '../../report/alarm-marks.ts';
import { outcomeOf } from '../../report/outcome.ts';
import type { Users } from '../../report/report.ts';

const ending = { status: 'completed', phase: null, reason: null, lastedMs: 25_600 } as const;
const users: Users = {
  of: 'requests',
  total: 4859,
  failed: 0,
  lostWrites: 0,
  p95BeforeMs: 3.8,
  p95DuringMs: 4.9,
};
const noticed = (change: Partial<Users>): string => outcomeOf(ending, { ...users, ...change }).noticed;

describe('how it ended', () => {
  test.each([
    ['completed', null, 'Completed in 25.6 s.'],
    [
      'rolled-back',
      'confidence',
      'Rolled back from confidence after 25.6 s; all reads are on the old shape.',
    ],
    ['needs-a-person', 'contract', 'Stopped in contract after 25.6 s and waits for a person.'],
  ] as const)('%s', (status, phase, sentence) => {
    expect(outcomeOf({ ...ending, status, phase }, users).sentence).toBe(sentence);
  });
});

describe('what users noticed', () => {
  test('is nothing where nothing failed, nothing was lost and nobody felt a wait', () => {
    expect(noticed({})).toBe(
      'Users noticed nothing: all 4,859 requests were answered, no acknowledged write was lost; p95 was 4.9 ms against 3.8 ms before.',
    );
  });

  test('is each thing that they did', () => {
    expect(noticed({ failed: 2 })).toMatch(
      /^Users noticed it: 2 of 4,859 requests failed \(0.041 %\); no acknowledged/u,
    );
    expect(noticed({ lostWrites: 1 })).toContain(
      'Users noticed it: all 4,859 requests were answered; 1 acknowledged write was lost',
    );
    expect(noticed({ p95DuringMs: 250 })).toMatch(/^Users waited longer: /u);
  });

  test('compares the paths where reads alone are measured', () => {
    expect(noticed({ of: 'reads' })).toContain('p95 was 4.9 ms on the new path against 3.8 ms on the old.');
  });

  test('is not made up where nobody measured it', () => {
    expect(outcomeOf(ending, { notMeasured: 'the rehearsal had no traffic' }).noticed).toBe(
      'What users noticed was not measured: the rehearsal had no traffic.',
    );
    expect(noticed({ lostWrites: null, p95BeforeMs: null })).toBe(
      'Users noticed nothing: all 4,859 requests were answered.',
    );
    expect(noticed({ total: 0 })).toContain('Nobody asked for anything');
  });
});

test('alarms are marks when they go on, and when they go off after that', () => {
  const turn = (alarm: string, atMs: number, state: string, because: string[] = []) => ({
    alarm,
    atMs,
    state,
    because,
  });
  const marks = alarmMarks([
    turn('guard', 0, 'OK'),
    turn('guard', 1000, 'ALARM', ['error-rate']),
    turn('own', 2000, 'INSUFFICIENT_DATA'),
    turn('guard', 3000, 'OK'),
  ]);
  expect(marks.map(({ kind, says }) => [kind, says])).toEqual([
    ['alarm', 'Alarm guard went on: error-rate'],
    ['event', 'Alarm guard went off'],
  ]);
});
