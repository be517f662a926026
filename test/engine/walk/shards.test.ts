import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardsOf } from '../../../engine/walk/shards.ts';

test.each([
  { rows: 0, workers: 4, shards: 1, says: 'an empty table is one piece' },
  { rows: 40_000, workers: 4, shards: 2, says: 'a small one is for as many workers as are worth it' },
  { rows: 400_000, workers: 4, shards: 4, says: 'a larger one has a piece for each' },
  { rows: 2_500_000, workers: 4, shards: 8, says: 'each has several where they are large' },
  { rows: 1e10, workers: 4, shards: 16, says: 'each has four at the most' },
  { rows: 1e10, workers: 1, shards: 1, says: 'one worker waits for nobody' },
])('$says', ({ rows, workers, shards }) => {
  expect(shardsOf(rows, workers)).toBe(shards);
});

test('every worker has the same number of pieces', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 25_000 * 16, max: 1e9 }),
      fc.integer({ min: 1, max: 16 }),
      (rows, workers) => {
        expect(shardsOf(rows, workers) % workers).toBe(0);
      },
    ),
  );
});
