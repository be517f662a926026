import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { callFaultNames, workerFaultNames } from './call-faults.ts';
import type { CallCell, Cell, CellResult } from './cell.ts';
import { eventsByName, type EventCell } from './events.ts';
import { mysqlSection } from './mysql-moments.ts';
import type { Outcome } from './outcome.ts';
import { paths } from './paths.ts';

type Results = Readonly<Record<string, CellResult>>;

const shapes: Readonly<Record<Outcome, CellResult['shape']>> = {
  completed: 'new',
  'rolled-back': 'old',
  failed: 'old',
};

/** It ended as it must, nothing that a client was told is lost, and one shape is whole. */
export function isAsItMust(cell: Cell, result: CellResult | undefined): boolean {
  if (result === undefined) return false;
  const must = result.must ?? cell.must;
  return result.met > 0 && result.did === must && result.lost === 0 && result.shape === shapes[must];
}

export const pageFile = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
export const resultsFile = fileURLToPath(new URL('results.json', import.meta.url));

/** Writes the page, and what it was made of; what there is no cell for any more goes. */
export function publish(cells: readonly Cell[], results: Results): void {
  const kept = cells.flatMap(({ id }) => (results[id] === undefined ? [] : [[id, results[id]] as const]));
  const lines = kept.map(([id, result]) => `${JSON.stringify(id)}: ${JSON.stringify(result)}`);
  replaceFile(resultsFile, `{\n${lines.join(',\n')}\n}\n`);
  replaceFile(pageFile, page(cells, results));
}

/** Whoever is killed meanwhile leaves the one or the other whole. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

export function page(cells: readonly Cell[], results: Results): string {
  const calls = cells.filter((cell) => cell.kind === 'call');
  const events = cells.filter((cell) => cell.kind === 'event');
  const count = cells.flatMap(({ id }) => results[id] ?? []);
  const sum = (of: (result: CellResult) => number): string =>
    count.reduce((total, result) => total + of(result), 0).toLocaleString('en-US');
  const run = cells.filter(({ id }) => results[id] !== undefined);
  const well = run.filter((cell) => isAsItMust(cell, results[cell.id])).length;
  return `# Faults

<!-- Written by npm run faults. Do not edit. -->

Each cell is a run of the shipped state machines and handlers on a real PostgreSQL, under live traffic, with one fault, or with a few
of which each has a state of its own; where a run with a few does not end as it must, each has one of its own.
There are ${cells.length} cells. **Of the ${run.length} that have been run, ${well} ended as they must.** In all of them together the clients sent ${sum(({ writes }) => writes)} requests, and
${sum(({ lost }) => lost)} writes that they were told of were lost.

${legend}
${eventTable(events, results)}
${paths.flatMap(({ name }) => section(name, calls, results)).join('\n')}
${mysqlSection()}`;
}

const legend = `A cell must end as the path ends without the fault, with the new shape complete, or after a rollback with the old one whole.
✓ did, the run taking so many seconds; ✗ did not, and says what it did; · has not been run. Waits are 20 times shorter than on AWS.

- **network error**: the call and the client's retries of it get no answer and have no effect.
- **throttled**, **5xx**: the service refuses it, by its own error, as often as the client retries.
- **lost answer**: it takes effect, and the connection is closed before the answer; so are the retries of it.
- **late**: it arrives 1.5 seconds later.
- **twice**: it arrives twice at once.
- **killed**: the function's process is killed as it has sent its first request, which takes effect.
- **out of time**, **out of memory**: the function has done all its work, and ends so instead of answering.
- **no answer**: it has done all its work, and the time of the state is up before Step Functions hears of it (said at once here).

A number after a call counts the calls of its kind in that state. A state is listed under the first path that has it.

\`\`\`sh
npm run faults             # all cells; goes on where it was interrupted
npm run faults -- --cover  # few of them, which say something of every row
npm run faults -- --only 'Add the new shape'
npm run faults -- --list   # their names
\`\`\`
`;

/** Nothing of a path that nobody has recorded. */
function section(path: string, cells: readonly CallCell[], results: Results): readonly string[] {
  const own = cells.filter((cell) => cell.path === path);
  const must = own[0]?.must;
  if (must === undefined) return [];
  const workers = own.filter(({ place }) => place.call.startsWith('lambda.'));
  const text = `## ${path}: must be ${must.replace('-', ' ')}

${table(own, callFaultNames, results)}

${table(workers, workerFaultNames, results)}
`;
  return [text];
}

function table(cells: readonly CallCell[], faults: readonly CallCell['fault'][], results: Results): string {
  const rows = [...new Set(cells.map(rowOf))].map((row) => {
    const own = cells.filter((cell) => rowOf(cell) === row);
    const verdicts = faults.map((fault) =>
      verdict(
        own.find((cell) => cell.fault === fault),
        results,
      ),
    );
    return `| ${row} | ${verdicts.join(' | ')} |`;
  });
  return `| state | call | ${faults.join(' | ')} |
|---|---|${faults.map(() => '---|').join('')}
${rows.join('\n')}`;
}

const rowOf = ({ place: { state, call, nth } }: CallCell): string => `${state} | \`${call}\` ${nth}`;

function eventTable(cells: readonly EventCell[], results: Results): string {
  const rows = cells.map(
    (cell) =>
      `| **${cell.event}**: ${eventsByName[cell.event].says} | ${cell.path}: ${cell.state} | ${verdict(cell, results)} |`,
  );
  return `## The surroundings: must be completed, where no word says otherwise

| what happens | as this state begins | |
|---|---|---|
${rows.join('\n')}
`;
}

function verdict(cell: Cell | undefined, results: Results): string {
  const result = cell && results[cell.id];
  if (cell === undefined || result === undefined) return '·';
  if (isAsItMust(cell, result)) return `✓ ${result.seconds} s`;
  const { did, met, lost, shape } = result;
  return `✗ ${met === 0 ? 'never came' : `${did}, ${lost} lost, ${shape} shape`}`;
}
