import type { Rehearsal } from '../../rehearsal/stage/result.ts';
import type { Outcome } from './outcome.ts';

/** How a migration ended, and what the clients know of it. */
export interface Ended {
  readonly did: Outcome;
  readonly requests: number;
  readonly lostWrites: number;
  readonly notes: readonly string[];
}

export const endOf = ({ result, notes }: Rehearsal): Ended => ({
  did: result.outcome,
  requests: result.traffic.requests,
  lostWrites: result.traffic.lostWrites,
  notes,
});
