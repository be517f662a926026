import { expect } from 'vitest';
import type { Outcome, Rehearsal } from '../../rehearsal/stage/result.ts';

/** It ended so, as it was asked to; no request failed, and no write was lost. */
export const expectEnded = (
  { result, asAsked, notes }: Rehearsal,
  outcome: Outcome,
  more: object = {},
): void =>
  expect({ ...result, asAsked, notes }).toMatchObject({
    outcome,
    asAsked: true,
    traffic: { failed: 0, lostWrites: 0 },
    ...more,
  });
