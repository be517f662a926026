import * as z from 'zod';
import type { Settings } from '../../engine/plan/settings.ts';

/** As long as the agents of the application may take to hear of a flag. */
export const usualHearingSeconds = 60;

// A rehearsal's cloud whose waits are hurried has agents that are as quick.
const longestHearingSeconds = z.coerce
  .number()
  .positive()
  .max(usualHearingSeconds)
  .default(usualHearingSeconds)
  .parse(process.env['UNDERPIN_HEARING_SECONDS']);

/** How long every process of the application needs to hear of a flag that has been deployed; a shorter bake says that its agents are quicker. */
export const hearingMs = ({ reads }: Pick<Settings, 'reads'>): number =>
  Math.min(longestHearingSeconds, reads.bakeSeconds) * 1000;
