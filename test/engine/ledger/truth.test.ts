import { expect, test } from 'vitest';
import { Applied, type AppliedUnit } from '../../../engine/ledger/applied.ts';
import { truthOf } from '../../../engine/ledger/truth.ts';

const unit = (direction: AppliedUnit['direction'], at: number): AppliedUnit => ({
  phase: 'read-switch',
  direction,
  unit: at,
  at: '2026-10-04T12:00:00.000Z',
});
const truth = (...units: readonly AppliedUnit[]): string =>
  truthOf({ follow: 'application' }, new Applied(units));

test('the new side is the truth from the first unit of the read switch on, until the first unit of its undo', () => {
  expect(truth()).toBe('old');
  expect(truth(unit('run', 0))).toBe('new');
  expect(truth(unit('run', 0), unit('run', 1))).toBe('new');
  expect(truth(unit('run', 0), unit('run', 1), unit('undo', 0))).toBe('old');
});

test('with triggers nobody asks: whichever side is written, the other follows', () => {
  expect(truthOf({}, new Applied([unit('run', 0)]))).toBe('old');
});
