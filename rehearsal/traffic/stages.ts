import type { WrittenSide } from './acknowledged-writes.ts';
import type { Random } from './random.ts';

/**
 * Which versions of the application are deployed.
 * `baseline`: the old one alone, reading and writing the old shape; the new one need not exist yet.
 * `both`: the new one too, which asks the read switch and writes the new side, the old side or both; needs dual write.
 * `new-only`: the old one is retired, and nobody names the old shape any more.
 */
export type Stage = 'baseline' | 'both' | 'new-only';
export type Version = 'old' | 'new';

export const versionsIn: Readonly<Record<Stage, readonly Version[]>> = {
  baseline: ['old'],
  both: ['old', 'new'],
  'new-only': ['new'],
};

/** The side that a version writes. */
export function sideWritten(version: Version, stage: Stage, random: Random): WrittenSide {
  if (version === 'old') return 'old';
  if (stage === 'new-only') return 'new';
  const chance = random();
  if (chance < 0.5) return 'new';
  return chance < 0.75 ? 'both' : 'old';
}
