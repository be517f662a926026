import { expect, test } from 'vitest';
import { cells } from './cell.ts';
import { covering, saidBy } from './covering.ts';

test('a few cells say something of each row of the matrix, each fault of each kind of call and each event', () => {
  const all = new Set(cells.flatMap(saidBy));
  const chosen = covering(cells, []);
  expect(new Set(chosen.flatMap(saidBy))).toEqual(all);
  expect(chosen.length).toBeLessThan(cells.length / 3);
});

test('what has been run is not asked for again', () => {
  const chosen = covering(cells, []);
  expect(covering(cells, chosen)).toEqual([]);
});
