import { describe, expect, it } from 'vitest';
import { nearest } from '../../../engine/words/nearest.ts';

const keys = ['goal', 'lockTimeout', 'gates', 'gateDeadline', 'reads', 'rename-column'];

describe('the nearest word', () => {
  it.each([
    ['gaol', 'goal'],
    ['Goal', 'goal'],
    ['lock_timeout', 'lockTimeout'],
    ['lock-timeot', 'lockTimeout'],
    ['gate', 'gates'],
    ['renameColumn', 'rename-column'],
  ])('to %s is %s', (written, meant) => {
    expect(nearest(written, keys)).toBe(meant);
  });

  it.each(['', '__', 'zzz', 'deadline-of-the-gate', 'x'.repeat(100_000)])('to %.20s is none', (written) => {
    expect(nearest(written, keys)).toBeUndefined();
  });
});
