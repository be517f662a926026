// `npm run faults`: sends migrations through every fault of the matrix, and writes docs/faults.md when all have been.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { z } from 'zod';
import { bundleProgramsTogether } from '../../rehearsal/deployment/programs.ts';
import { scratchFolder } from '../../rehearsal/stage/scratch-folder.ts';
import { Arena } from './arena.ts';
import {
  cellResult,
  cells,
  recordedPaths,
  writeRecorded,
  type Cell,
  type CellResult,
  type RecordedPath,
} from './cell.ts';
import { covering, together } from './covering.ts';
import { isAsItMust, publish, resultsFile } from './page.ts';
import { paths } from './paths.ts';
import { recordPath, runCells } from './run-cells.ts';

const usage = `Usage: npm run faults -- [options]

Runs the shipped state machines and handlers under every fault of the matrix, each on a real database with live traffic.
What has been run is kept in test/faults/results.json and not run again; docs/faults.md is written from it. Cells come in an
order that mixes them, so that a part of a run says something about the whole. Faults of states that follow each other
share a run; where it does not end as it must, each has a run of its own.

  --only TEXT   the cells whose name contains TEXT alone
  --cover       of these, few runs that give each row and each fault of each kind of call a result
  --alone       one fault a run
  --list        the names of the cells, and nothing else
  --jobs N      cells side by side, each on a database of its own (default 2)
  --minutes N   begin no cell after N minutes
  --fresh       run again what has been run
  --record      write down anew what each path calls without a fault: what the cells are made of; with --only, of the
                paths whose name contains TEXT alone. Results of states that call otherwise by now are forgotten
  --help        this text

Exit code: 0 every cell ended as it must, 1 not every one did.`;

type Results = Record<string, CellResult>;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    cover: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '100000' },
    fresh: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const chosen = cells.filter(({ id }) => id.includes(values.only));
  if (values.help) return said(usage);
  if (values.list) return said(chosen.map(({ id }) => id).join('\n'));
  const programs = await scratchFolder('underpin-faults-programs-');
  try {
    const bundled = await bundleProgramsTogether(programs.path);
    const open = (): Promise<Arena> => Arena.open(bundled);
    return await (values.record ? recordAll(open) : runAll(chosen, open));
  } finally {
    await programs.close();
  }
}

function said(text: string): number {
  console.log(text);
  return 0;
}

async function recordAll(open: () => Promise<Arena>): Promise<number> {
  const arena = await open();
  const all: Record<string, RecordedPath> = { ...recordedPaths };
  try {
    for (const path of paths.filter(({ name }) => name.includes(values.only))) {
      all[path.name] = await recordPath(arena, path);
      console.log(`${path.name}: ${all[path.name]?.calls.length ?? 0} kinds of calls`);
    }
  } finally {
    await arena.close();
  }
  await writeRecorded(all);
  const results = await resultsSoFar();
  const isOfToday = (id: string): boolean => {
    const [path = '', state = ''] = id.split(' | ');
    return isDeepStrictEqual(callsOf(recordedPaths[path], state), callsOf(all[path], state));
  };
  publish(cells, Object.fromEntries(Object.entries(results).filter(([id]) => isOfToday(id))));
  return 0;
}

/** A state that calls otherwise has other cells under the same numbers. */
function callsOf(path: RecordedPath | undefined, of: string): RecordedPath['calls'] {
  return (path?.calls ?? []).filter(({ state }) => state === of);
}

async function runAll(chosen: readonly Cell[], open: () => Promise<Arena>): Promise<number> {
  const results = await resultsSoFar();
  const hasRun = ({ id }: Cell): boolean => results[id] !== undefined;
  const due = mixed(chosen.filter((cell) => values.fresh || !hasRun(cell)));
  const left = runsOf(due, values.fresh ? [] : chosen.filter(hasRun));
  const untilMs = Date.now() + Number(values.minutes) * 60_000;
  let done = 0;
  let brokenTogether = 0;
  let neverCame = 0;
  const take = async (arena: Arena, run: readonly Cell[]): Promise<boolean> => {
    const became = await runCells(arena, run);
    const isGood = (cell: Cell): boolean => isAsItMust(cell, became[run.indexOf(cell)]);
    const again = run.length === 1 ? [] : run.filter((cell) => !isGood(cell));
    left.unshift(...again.map((cell) => [cell]));
    if (run.length > 1 && again.length === run.length) {
      brokenTogether += 1;
      console.log(`✗ together, now one by one: ${became[0]?.did}; ${became[0]?.notes.join('; ')}`);
    }
    for (const [at, cell] of run.entries()) {
      const result = became[at];
      if (result === undefined || again.includes(cell)) continue;
      console.log(lineOf(cell, result, `${(done += 1)}/${done + left.flat().length}`));
      // It says nothing: the path makes this call no more, or not always.
      if (result.met === 0 && result.did !== 'stuck') neverCame += 1;
      else results[cell.id] = result;
      publish(cells, results);
    }
    return became[0]?.did !== 'stuck';
  };
  const work = async (): Promise<void> => {
    let arena = await open();
    try {
      for (let run = left.shift(); run !== undefined && Date.now() < untilMs; run = left.shift()) {
        if (await take(arena, run)) continue;
        // Nobody stands on the leftovers of a run that did not end.
        await arena.close();
        arena = await open();
      }
    } finally {
      await arena.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.jobs), left.length) }, work));
  publish(cells, results);
  const run = chosen.filter(({ id }) => results[id] !== undefined);
  if (neverCame > 0) console.log(`${neverCame} calls never came: npm run faults -- --record`);
  return brokenTogether + neverCame === 0 && run.every((cell) => isAsItMust(cell, results[cell.id])) ? 0 : 1;
}

/** Runs of what is due. Of those that cover the matrix the first say most; what can be in them besides is. */
function runsOf(due: readonly Cell[], hasRun: readonly Cell[]): (readonly Cell[])[] {
  const cover = new Set(values.cover ? covering(due, hasRun) : due);
  const first = [...cover, ...due.filter((cell) => !cover.has(cell))];
  const runs = values.alone ? first.map((cell) => [cell]) : together(first);
  return runs.filter((run) => run.some((cell) => cover.has(cell)));
}

async function resultsSoFar(): Promise<Results> {
  const text = await readFile(resultsFile, 'utf8').catch(() => '{}');
  return z.record(z.string(), cellResult).parse(JSON.parse(text));
}

function mixed(of: readonly Cell[]): Cell[] {
  const places = of.map((cell) => ({ cell, place: createHash('sha1').update(cell.id).digest('hex') }));
  return places.toSorted((a, b) => a.place.localeCompare(b.place)).map(({ cell }) => cell);
}

function lineOf(cell: Cell, result: CellResult, count: string): string {
  const { did, shape, met, writes, lost, seconds, notes } = result;
  const what = `${did}, ${shape} shape, met ${met}, ${lost} of ${writes} lost, ${seconds} s`;
  const why = isAsItMust(cell, result) ? [] : [`must: ${cell.must}`, ...notes];
  return `${isAsItMust(cell, result) ? '✓' : '✗'} ${count} ${cell.id}: ${[what, ...why].join('; ')}`;
}
