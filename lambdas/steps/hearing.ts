import type { Settings } from '../../engine/plan/settings.ts';

// As long as the agents of the application may take to hear of a flag; a shorter bake says that they are quicker.
const longestHearingMs = 60_000;

/** How long every process of the application needs to hear of a flag that has been deployed. */
export const hearingMs = ({ reads }: Pick<Settings, 'reads'>): number =>
  Math.min(longestHearingMs, reads.bakeSeconds * 1000);
