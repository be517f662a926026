import type { Cell } from './cell.ts';

/** What a cell's result says something about: its row of the matrix, and its fault of that kind of call. An event in a state is a row. */
export const saidBy = (cell: Cell): readonly string[] => {
  if (cell.kind === 'event') return [cell.id];
  const { path, place, fault } = cell;
  const { state, call, nth } = place;
  return [`${path} | ${state} | ${call} ${nth}`, `${call} | ${fault}`];
};

/** Few cells that say together what those that have been run do not. Whoever stops early has those that say most. */
export function covering(left: readonly Cell[], run: readonly Cell[]): readonly Cell[] {
  const said = new Set(run.flatMap(saidBy));
  const chosen: Cell[] = [];
  for (const least of [2, 1])
    for (const cell of left) {
      const news = saidBy(cell).filter((each) => !said.has(each));
      if (news.length < least) continue;
      chosen.push(cell);
      for (const each of news) said.add(each);
    }
  return chosen;
}

/**
 * What one run can meet: cells of one path, each in a state of its own, so that the fault of one is over before that of
 * the next. What happens to the surroundings has a run of its own.
 */
export function together(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const runs: Cell[][] = [];
  for (const cell of cells) {
    const run = runs.find((others) => others.every((other) => canShare(other, cell)));
    if (run === undefined) runs.push([cell]);
    else run.push(cell);
  }
  return runs;
}

const canShare = (one: Cell, other: Cell): boolean =>
  one.kind === 'call' &&
  other.kind === 'call' &&
  one.path === other.path &&
  one.place.state !== other.place.state;
