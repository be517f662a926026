import { expect, test } from 'vitest';
import { longestCall } from '../../../engine/plan/longest-call.ts';
import type { Unit } from '../../../engine/plan/plan.ts';

const brief = (does: string, ...statements: readonly string[]): Unit => ({
  kind: 'brief',
  does,
  lock: 'ACCESS EXCLUSIVE',
  statements,
});
const expand = { run: [brief('add', 'x'.repeat(30))], undo: [brief('drop', 'x'.repeat(20), 'x'.repeat(20))] };
const walk = { cut: 'x', check: 'x'.repeat(50), skip: 'x', list: '', purposes: ['verify'] as const };

test('statements of one unit count together, on the way back too', () => {
  expect(longestCall({ phases: { expand }, walks: [] })).toEqual({ does: 'drop', characters: 44 });
});

test('a statement of a walk is a call', () => {
  expect(longestCall({ phases: { expand }, walks: [walk] })).toEqual({
    does: 'check of a walk',
    characters: 50,
  });
});
