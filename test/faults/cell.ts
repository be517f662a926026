import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { callFaultNames, workerFaultNames, type CallFault, type WorkerFault } from './call-faults.ts';
import type { CallPlace } from './calls.ts';
import { eventCells } from './event-cells.ts';
import type { EventCell } from './events.ts';
import type { Outcome } from './outcome.ts';
import { pathOf, paths } from './paths.ts';

/** One fault in one place of one path, and how the migration must end all the same. */
export interface CallCell {
  readonly kind: 'call';
  readonly id: string;
  readonly path: string;
  readonly place: CallPlace;
  readonly fault: CallFault | WorkerFault;
  readonly must: Outcome;
}

export type Cell = CallCell | EventCell;

/** What became of a cell in a run. */
export const cellResult = z.object({
  did: z.enum(['completed', 'rolled-back', 'failed', 'stuck']),
  /** How it must have ended, where the run alone could tell. */
  must: z.exactOptional(z.enum(['completed', 'rolled-back', 'failed'])),
  /** Calls that the fault met. */
  met: z.int(),
  writes: z.int(),
  lost: z.int(),
  /** What stands in the catalog: the new shape complete, the old one whole, or neither. */
  shape: z.enum(['new', 'old', 'neither']),
  seconds: z.number(),
  notes: z.array(z.string()).readonly(),
  /** Faults of other cells in the same run. */
  beside: z.exactOptional(z.int()),
});
export type CellResult = z.infer<typeof cellResult>;

const texts = z.array(z.string()).readonly();
const recording = z.record(
  z.string(),
  z.object({
    calls: z.array(z.object({ state: z.string(), call: z.string(), times: z.int() })).readonly(),
    leaves: z.object({
      columns: z.record(z.string(), z.string()),
      indexes: texts,
      constraints: texts,
      triggers: texts,
      functions: texts,
    }),
  }),
);
export type RecordedPath = z.infer<typeof recording>[string];

const recordedFile = new URL('recorded.json', import.meta.url);
/** By the names of paths. */
export const recordedPaths = recording.parse(JSON.parse(readFileSync(recordedFile, 'utf8')));

/** What a path calls without a fault, and what it leaves, as `npm run faults -- --record` has written it. */
export function recordedPath(name: string): RecordedPath {
  const found = recordedPaths[name];
  if (found === undefined) throw new Error(`${name} is not recorded: npm run faults -- --record`);
  return found;
}

export async function writeRecorded(all: Readonly<Record<string, RecordedPath>>): Promise<void> {
  await writeFile(recordedFile, `${JSON.stringify(all, null, 2)}\n`);
}

/**
 * Every call of every state and handler, each under each of the six faults, and every invocation whose worker dies: one
 * call that fails, is repeated or is late is the network's affair, and the migration must end as it would have without it.
 */
const callCells: readonly CallCell[] = newCalls().flatMap(({ path, ...place }) =>
  [...callFaultNames, ...(place.call.startsWith('lambda.') ? workerFaultNames : [])].map(
    (fault): CallCell => ({
      kind: 'call',
      id: `${path} | ${place.state} | ${place.call} ${place.nth} | ${fault}`,
      path,
      place,
      fault,
      must: pathOf(path).ends,
    }),
  ),
);

/** A state that two paths share is looked at in the first: it is the same state and the same handler, where a path does not say otherwise. */
function newCalls(): readonly (CallPlace & { readonly path: string })[] {
  const seen = new Set<string>();
  return paths.flatMap(({ name: path, anew = [] }) =>
    (recordedPaths[path]?.calls ?? []).flatMap(({ state, call, times }) => {
      if (seen.has(`${state} ${call}`) && !anew.includes(state)) return [];
      seen.add(`${state} ${call}`);
      return Array.from({ length: times }, (_, at) => ({ path, state, call, nth: at + 1 }));
    }),
  );
}

export const cells: readonly Cell[] = [...callCells, ...eventCells];
