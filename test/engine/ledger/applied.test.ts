import { expect, test } from 'vitest';
import { Applied } from '../../../engine/ledger/applied.ts';
import type { PhaseName } from '../../../engine/plan/plan.ts';

const at = '2026-10-01T08:00:00.000Z';
const unit = (phase: PhaseName, direction: 'run' | 'undo', of: number) => ({
  phase,
  direction,
  unit: of,
  at,
});

test('a phase stands by any of its units, and has begun by one that ran', () => {
  const applied = new Applied([
    unit('dual-write', 'run', 0),
    unit('expand', 'run', 1),
    unit('verify', 'undo', 0),
  ]);
  expect(applied.phases()).toEqual(['expand', 'dual-write', 'verify']);
  expect(applied.begun('expand')).toBe(true);
  expect(applied.begun('verify')).toBe(false);
  expect(applied.undoBegun('verify')).toBe(true);
  expect(applied.undoBegun('expand')).toBe(false);
  expect(applied.nothing()).toBe(false);
});

test('a unit is known by its phase, its direction and its number', () => {
  const applied = new Applied([unit('expand', 'run', 1)]);
  expect(applied.at('expand', 'run', 1)).toBe(at);
  expect(applied.has('expand', 'run', 0)).toBe(false);
  expect(applied.has('expand', 'undo', 1)).toBe(false);
  expect(applied.has('verify', 'run', 1)).toBe(false);
});

test('the old shape is gone with any statement of the contract, and with nothing else', () => {
  expect(new Applied([unit('contract', 'run', 2)]).contracted()).toBe(true);
  expect(new Applied([unit('quarantine', 'run', 0)]).contracted()).toBe(false);
  expect(new Applied([]).nothing()).toBe(true);
});
