import { expect, test } from 'vitest';
import { cells } from './cell.ts';
import { covering, saidBy, together } from './covering.ts';

test('a few cells say something of each row of the matrix and each fault of each kind of call', () => {
  const all = new Set(cells.flatMap(saidBy));
  const chosen = covering(cells, []);
  expect(new Set(chosen.flatMap(saidBy))).toEqual(all);
  expect(chosen.length).toBeLessThan(cells.length / 3);
});

test('what has been run is not asked for again', () => {
  const chosen = covering(cells, []);
  expect(covering(cells, chosen)).toEqual([]);
});

test('faults share a run where each has a state of its own, and events share none', () => {
  const runs = together(cells);
  expect(runs.flat()).toHaveLength(cells.length);
  expect(new Set(runs.flat())).toEqual(new Set(cells));
  expect(runs.length).toBeLessThan(cells.length / 2);
  for (const run of runs) {
    const states = run.map((cell) => (cell.kind === 'call' ? cell.place.state : cell.state));
    expect(new Set(run.map(({ path }) => path)).size).toBe(1);
    expect(new Set(states).size).toBe(run.length);
    if (run.length > 1) expect(run.every(({ kind }) => kind === 'call')).toBe(true);
  }
});
