import { describe, expect, it } from 'vitest';
import { nextKind, requestKinds, type RequestKind } from '../../../rehearsal/traffic/request-mix.ts';
import { seededRandom } from '../../../rehearsal/traffic/random.ts';
import { sideWritten } from '../../../rehearsal/traffic/stages.ts';

function shares(possible: readonly RequestKind[]): Record<string, number> {
  const random = seededRandom(1);
  const counts: Record<string, number> = {};
  for (let n = 0; n < 20_000; n += 1) {
    const kind = nextKind(random, new Set(possible));
    counts[kind] = (counts[kind] ?? 0) + 1 / 200;
  }
  return Object.fromEntries(Object.entries(counts).map(([kind, share]) => [kind, Math.round(share)]));
}

const drawn = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));

describe('the mix of requests', () => {
  it('is as an application sends them', () => {
    expect(shares(requestKinds)).toEqual({ read: 70, update: 15, 'update-other': 5, insert: 7, delete: 3 });
  });

  it('keeps its rate when a table cannot take some', () => {
    expect(shares(['read', 'update'])).toEqual({ read: 85, update: 15 });
  });

  it('is the same for the same seed, and another for another', () => {
    expect(drawn(3)).toEqual(drawn(3));
    expect(drawn(3)).not.toEqual(drawn(4));
  });

  it('the old version names the old side only, the new one the new side only once it is alone', () => {
    const random = seededRandom(2);
    const sides = (version: 'old' | 'new', stage: 'both' | 'new-only'): string[] =>
      [...new Set(Array.from({ length: 100 }, () => sideWritten(version, stage, random)))].toSorted();
    expect(sides('old', 'both')).toEqual(['old']);
    expect(sides('new', 'both')).toEqual(['both', 'new', 'old']);
    expect(sides('new', 'new-only')).toEqual(['new']);
  });
});
