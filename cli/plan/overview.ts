import { aboutSeconds, countText } from '../../engine/words/amounts.ts';
import type { Screen } from '../screen.ts';
import { tableLines } from '../status/table.ts';
import { wrapText } from '../wrap-text.ts';
import { outcomeNames, type Outcome, type PlannedFile } from './outcome.ts';

const none = '–';

/** A migration in a line. */
export const overviewRow = ({ file, spec, preview }: PlannedFile) => ({
  migration: spec?.name ?? file,
  change: spec?.change.kind ?? none,
  table: spec === null ? none : `${spec.table.schema}.${spec.table.name}`,
  rows:
    preview?.statistics === null || preview?.statistics === undefined || preview.statistics.rows < 0
      ? none
      : countText(preview.statistics.rows),
  time:
    preview?.estimate === null || preview?.estimate === undefined
      ? none
      : aboutSeconds(preview.estimate.seconds),
  reversible: preview === null || preview.phases === null ? none : (preview.reversibleUntil ?? 'always'),
});

/** `3 ready, 1 wrong` */
export const countedOutcomes = (planned: readonly PlannedFile[]): string =>
  outcomeNames
    .map((name) => ({ name, count: planned.filter(({ outcome }) => outcome === name).length }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} ${name}`)
    .join(', ');

const colours = { ready: 'green', completed: 'green', open: 'yellow' } as const;
const colourOf = (outcome: Outcome) =>
  Object.entries(colours).find(([name]) => name === outcome)?.[1] ?? 'red';

/** Several migrations for people. */
export function overviewText(
  planned: readonly PlannedFile[],
  { styled, columns }: Pick<Screen, 'styled' | 'columns'>,
): string {
  const rows = planned.map((each) => {
    const { migration, change, table, rows: count, time } = overviewRow(each);
    return [migration, each.outcome, change, table, count, time];
  });
  const lines = tableLines(
    { head: ['MIGRATION', 'OUTCOME', 'CHANGE', 'TABLE', 'ROWS', 'TIME'], rows, first: 2 },
    columns,
    (cell, row, column) => {
      const outcome = planned[row]?.outcome;
      return column === 1 && outcome !== undefined ? styled(colourOf(outcome), cell) : cell;
    },
  );
  const counted = `${countedOutcomes(planned)}. underpin plan FILE shows the whole of one.`;
  return [...lines, '', wrapText(counted, { width: columns, indent: '' })].join('\n');
}
