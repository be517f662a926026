import type { Path } from './paths.ts';

/**
 * How a write that goes to both sides is made, by what the flag says. `shadow`: nobody reads the new side yet. `strict`: the
 * truth is about to move, or has just moved back, and processes disagree about it for some seconds.
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

/** `share` in percent, null where it is not known. A flag that says nothing of writes has the truth follow the reads. */
export function writeMode(share: number | null, said: SaidOfWrites | null): WriteMode {
  if (said !== null) return { truth: said.truth, writes: said.isStrict ? 'strict' : 'counted' };
  if (share === 100) return { truth: 'new', writes: 'counted' };
  return { truth: 'old', writes: share === 0 ? 'shadow' : 'counted' };
}
