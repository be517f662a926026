import { isDeepStrictEqual } from 'node:util';
import type { CloudCall } from '../../rehearsal/cloud/faults.ts';
import type { TableCatalog } from '../migrations/catalog-of.ts';
import type { Arena } from './arena.ts';
import { callFaults, workerFaults } from './call-faults.ts';
import { CallWatch } from './calls.ts';
import { recordedPath, type CallCell, type Cell, type CellResult, type RecordedPath } from './cell.ts';
import { endOf } from './ended.ts';
import { eventsByName, type Afterwards, type EventCell } from './events.ts';
import type { Outcome } from './outcome.ts';
import { nameOf, pathOf, type Path } from './paths.ts';

/** No cell takes longer, its event apart; one that does is stuck. */
const longestMs = 180_000;

const longestOf = (cell: Cell): number =>
  longestMs + (cell.kind === 'event' ? (eventsByName[cell.event].awayMs ?? 0) : 0);

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

/** Sends the cell's path through the cell's fault. */
export async function runCell(arena: Arena, cell: Cell): Promise<CellResult> {
  const path = pathOf(cell.path);
  await arena.reset(path);
  const before = await arena.catalog(path.table);
  const startedMs = Date.now();
  const fault = cell.kind === 'call' ? faultOf(arena, cell) : eventOf(arena, cell);
  const signal = AbortSignal.timeout(longestOf(cell));
  const seconds = (): number => Math.round((Date.now() - startedMs) / 100) / 10;
  try {
    const first = endOf(await arena.run(path, signal));
    await fault.end();
    const then = fault.afterwards && (await fault.afterwards(arena, path, signal, first));
    const shapes = { before, complete: recordedPath(path.name).leaves };
    return {
      did: (then ?? first).did,
      ...toldMust(fault.must?.()),
      met: fault.met(),
      writes: first.requests + (then?.requests ?? 0),
      lost: first.lostWrites + (then?.lostWrites ?? 0),
      shape: shapeOf(shapes, await arena.catalog(path.table)),
      seconds: seconds(),
      notes: [...first.notes, ...(then?.notes ?? [])],
    };
  } catch (error) {
    await fault.end().catch(() => undefined);
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const nothing = { met: fault.met(), writes: 0, lost: 0, shape: 'neither' } as const;
    return { did: 'stuck', ...nothing, seconds: seconds(), notes: [words] };
  }
}

interface Injected {
  /** How many calls it has met. */
  met(): number;
  end(): Promise<void>;
  /** How it must end, where the event alone knows. */
  must?(): Outcome | undefined;
  readonly afterwards?: Afterwards;
}

const toldMust = (must: Outcome | undefined): Pick<CellResult, 'must'> =>
  must === undefined ? {} : { must };

/** The fault meets the first visit of its state, and the client's retries of that call where it lasts. */
function faultOf({ cloud }: Arena, { place, fault }: CallCell): Injected {
  const { lasts, kills, of } = { kills: false, ...{ ...callFaults, ...workerFaults }[fault] };
  let victim: string | undefined;
  const watch = new CallWatch();
  let first: CloudCall | undefined;
  let met = 0;
  const end = cloud.faults.when((call) => {
    const at = watch.placeOf(call);
    if (call.caller !== undefined && call.caller === victim) {
      victim = undefined;
      cloud.lambda.kill(({ name }) => name === call.caller);
    }
    if (at === undefined || at.visit !== 1 || !isDeepStrictEqual({ ...at, visit: 1 }, { ...place, visit: 1 }))
      return undefined;
    if (first !== undefined && !(lasts && first.id !== undefined && first.id === call.id)) return undefined;
    first ??= call;
    met += 1;
    if (kills) victim = call.operation;
    return of(call);
  });
  return { met: () => met, end: () => Promise.resolve(end()) };
}

/** It happens as its state is entered for the first time. */
function eventOf(arena: Arena, { path, state, event }: EventCell): Injected {
  const { happen, afterwards } = eventsByName[event];
  let happening: Promise<Outcome | void> | undefined;
  let must: Outcome | undefined;
  const end = arena.cloud.stepFunctions.onEvent(({ event: recorded }) => {
    if (recorded.stateEnteredEventDetails?.name === state)
      happening ??= begun(happen(arena, nameOf(pathOf(path))));
  });
  return {
    met: () => (happening === undefined ? 0 : 1),
    end: async () => {
      end();
      must = (await happening) ?? undefined;
    },
    must: () => must,
    ...(afterwards === undefined ? {} : { afterwards }),
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

/** Awaited at the end; a failure must not become an unhandled rejection before that. */
function begun<T>(happening: Promise<T>): Promise<T> {
  happening.catch(() => undefined);
  return happening;
}
