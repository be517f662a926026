import type { Path } from './paths.ts';

/**
 * How a write that goes to both sides is made, by what the flag says. `shadow`: nobody reads the new side yet. `strict`: the
 * truth is about to move, or has just moved back, and processes disagree about it for some seconds; or this one has not heard of
 * the flag for so long that nobody knows.
 */
export type Writes = 'shadow' | 'counted' | 'strict';

export interface WriteMode {
  /** The side that is written first, and whose result counts. */
  readonly truth: Path;
  readonly writes: Writes;
}

/** What a flag says of writes beside its share, where the migration leaves them to the application. */
export interface SaidOfWrites {
  readonly truth: Path;
  readonly isStrict: boolean;
}

// Three times as long as a process waits before it asks its agent again. An agent that asks every 45 s may die right after it has given
// out the flag before: 45 s and these 15 s are the minute that lies between the flag and the truth that it announces.
const longestSilenceMs = 15_000;

/**
 * `share` in percent, null where it is not known. A flag that says nothing of writes has the truth follow the reads. Where nothing
 * was heard of it for 15 s, or nothing yet, the truth may be another by now: what both sides have is right either way.
 */
export function writeMode(share: number | null, said: SaidOfWrites | null, heardMsAgo: number): WriteMode {
  const mode = modeSaid(share, said);
  return heardMsAgo > longestSilenceMs ? { ...mode, writes: 'strict' } : mode;
}

function modeSaid(share: number | null, said: SaidOfWrites | null): WriteMode {
  if (said !== null) return { truth: said.truth, writes: said.isStrict ? 'strict' : 'counted' };
  if (share === 100) return { truth: 'new', writes: 'counted' };
  return { truth: 'old', writes: share === 0 ? 'shadow' : 'counted' };
}
