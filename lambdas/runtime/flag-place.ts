import type { Monitor } from '@aws-sdk/client-appconfig';

/** Where a target's read flags are, and how they are deployed. */
export interface FlagPlace {
  /** The target whose flags these are. */
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  /** The deployment strategies: the way forward has a bake time under the alarm, the way back has none. */
  readonly forward: string;
  readonly back: string;
  /** The alarm that rolls a deployment back which goes forward. */
  readonly monitor: Monitor;
}
