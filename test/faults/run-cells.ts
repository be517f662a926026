import { isDeepStrictEqual } from 'node:util';
import type { TableCatalog } from '../migrations/catalog-of.ts';
import type { Arena } from './arena.ts';
import { CallWatch } from './calls.ts';
import { recordedPath, type Cell, type CellResult, type RecordedPath } from './cell.ts';
import { endOf, type Ended } from './ended.ts';
import { eventsByName } from './events.ts';
import { injected, type Injected } from './injected.ts';
import { pathOf, type Path } from './paths.ts';

/** No run takes longer, the waits of its faults apart; one that does is stuck. */
const longestMs = 180_000;
const longestOfFaultMs = 60_000;

/** Sends a path through without a fault: what it calls, and what it leaves. */
export async function recordPath(arena: Arena, path: Path): Promise<RecordedPath> {
  await arena.reset(path);
  const watch = new CallWatch();
  const end = arena.cloud.faults.when((call) => void watch.placeOf(call));
  const { result } = await arena.run(path, AbortSignal.timeout(longestMs));
  end();
  if (result.outcome !== path.ends) throw new Error(`${path.name} without a fault: ${result.outcome}`);
  return { calls: watch.counted, leaves: await arena.catalog(path.table) };
}

/** A cell in a run of its own. */
export async function runCell(arena: Arena, cell: Cell): Promise<CellResult> {
  const [result] = await runCells(arena, [cell]);
  if (result === undefined) throw new Error(`${cell.id} gave no result`);
  return result;
}

/** Sends their path through the faults of all of them, which `together` has found for one run. */
export async function runCells(arena: Arena, cells: readonly Cell[]): Promise<readonly CellResult[]> {
  const [one] = cells;
  if (one === undefined) return [];
  const path = pathOf(one.path);
  await arena.reset(path);
  const before = await arena.catalog(path.table);
  const startedMs = Date.now();
  const faults = cells.map((cell) => injected(arena, cell));
  // Each is asked of every call: it counts them.
  const endRules = arena.cloud.faults.when((call) =>
    faults.map(({ rule }) => rule?.(call)).find((fault) => fault !== undefined),
  );
  const resultsOf = (what: WhatBecame): readonly CellResult[] => {
    const seconds = Math.round((Date.now() - startedMs) / 100) / 10;
    return faults.map((fault, at) => resultOf(fault, { ...what, seconds }, at, faults.length));
  };
  try {
    const { did, requests, lostWrites, notes } = await runUnder(arena, path, faults, longestOf(cells));
    const shapes = { before, complete: recordedPath(path.name).leaves };
    const shape = shapeOf(shapes, await arena.catalog(path.table));
    return resultsOf({ did, writes: requests, lost: lostWrites, shape, notes });
  } catch (error) {
    for (const fault of faults) await fault.end?.().catch(() => undefined);
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return resultsOf({ did: 'stuck', writes: 0, lost: 0, shape: 'neither', notes: [words] });
  } finally {
    endRules();
  }
}

const longestOf = (cells: readonly Cell[]): number =>
  longestMs +
  cells
    .map((cell) => (cell.kind === 'event' ? (eventsByName[cell.event].awayMs ?? 0) : longestOfFaultMs))
    .reduce((all, each) => all + each, 0);

/** The run itself, and what follows its end where a fault ended it. */
async function runUnder(
  arena: Arena,
  path: Path,
  faults: readonly Injected[],
  withinMs: number,
): Promise<Ended> {
  const signal = AbortSignal.timeout(withinMs);
  let now = endOf(await arena.run(path, signal));
  for (const fault of faults) {
    await fault.end?.();
    const then = await fault.afterwards?.(arena, path, signal, now);
    if (then === undefined) continue;
    now = {
      did: then.did,
      requests: now.requests + then.requests,
      lostWrites: now.lostWrites + then.lostWrites,
      notes: [...now.notes, ...then.notes],
    };
  }
  return now;
}

type WhatBecame = Pick<CellResult, 'did' | 'writes' | 'lost' | 'shape' | 'notes'>;

/** The requests of a run that several share stand at the first of them. */
function resultOf(
  fault: Injected,
  { did, writes, lost, shape, seconds, notes }: WhatBecame & Pick<CellResult, 'seconds'>,
  at: number,
  of: number,
): CellResult {
  const must = fault.must?.();
  return {
    did,
    ...(must === undefined ? {} : { must }),
    met: fault.met(),
    writes: at === 0 ? writes : 0,
    lost,
    shape,
    seconds,
    notes,
    ...(of === 1 ? {} : { beside: of - 1 }),
  };
}

interface Shapes {
  readonly before: TableCatalog;
  /** What the path leaves without a fault. */
  readonly complete: TableCatalog;
}

/** The new shape may stand beside the old one, which is whole all the same. */
function shapeOf({ before, complete }: Shapes, after: TableCatalog): CellResult['shape'] {
  const hasAll = (now: readonly string[], then: readonly string[]): boolean =>
    then.every((each) => now.includes(each));
  const isOld =
    Object.entries(before.columns).every(([name, text]) => after.columns[name] === text) &&
    hasAll(after.indexes, before.indexes) &&
    hasAll(after.constraints, before.constraints);
  if (isOld) return 'old';
  return isDeepStrictEqual(after, complete) ? 'new' : 'neither';
}
