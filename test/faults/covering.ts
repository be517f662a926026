import type { Cell } from './cell.ts';

/** What a cell's result says something about: its row of the matrix, and its fault of that kind of call; or its event. */
export const saidBy = (cell: Cell): readonly string[] => {
  if (cell.kind === 'event') return [cell.event];
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
