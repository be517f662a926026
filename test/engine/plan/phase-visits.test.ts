import { expect, test } from 'vitest';
import { visitsOf, type PhaseEvent } from '../../../engine/plan/phase-visits.ts';

const event = (at: number, what: string, given: Partial<PhaseEvent> = {}): PhaseEvent => ({
  what,
  at: `2026-12-01T10:00:0${at}Z`,
  phase: null,
  gate: null,
  ...given,
});
const seen = (events: readonly PhaseEvent[]) =>
  visitsOf(events).map(({ phase, enteredAt, leftAt }) => [
    phase,
    enteredAt.slice(-3, -1),
    leftAt?.slice(-3, -1) ?? null,
  ]);

test('a phase lasts until the next one begins; the last has not ended', () => {
  const events = [event(0, 'claimed'), event(1, 'running', { phase: 'expand' })];
  expect(seen([...events, event(2, 'running', { phase: 'expand' })])).toEqual([
    ['plan', '00', '01'],
    ['expand', '01', null],
  ]);
});

test('the gate opens the read switch, and the change of authority ends it', () => {
  const events = [
    event(0, 'running', { phase: 'verify' }),
    event(1, 'evidence', { gate: 'read-switch' }),
    event(2, 'running', { phase: 'read-switch' }),
    event(3, 'unit', { phase: 'read-switch' }),
    event(4, 'running', { phase: 'confidence' }),
    event(5, 'evidence', { gate: 'contract' }),
    event(6, 'running', { phase: 'quarantine' }),
  ];
  expect(seen(events)).toEqual([
    ['verify', '00', '01'],
    ['read-switch', '01', '03'],
    ['confidence', '03', '06'],
    ['quarantine', '06', null],
  ]);
});

test('a fence begins the way back, and its end is a moment', () => {
  const events = [
    event(0, 'running', { phase: 'verify' }),
    event(1, 'fenced'),
    event(3, 'rolled-back', { phase: 'done' }),
  ];
  expect(seen(events)).toEqual([
    ['verify', '00', '01'],
    ['rollback', '01', '03'],
    ['done', '03', '03'],
  ]);
});
