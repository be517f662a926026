import type { Settings } from '../../engine/plan/settings.ts';
import { hearingSeconds } from '../runtime/environment.ts';

/** How long every process of the application needs to hear of a flag that has been deployed; a shorter bake says that its agents are quicker. */
export const hearingMs = ({ reads }: Pick<Settings, 'reads'>): number =>
  Math.min(hearingSeconds(), reads.bakeSeconds) * 1000;
