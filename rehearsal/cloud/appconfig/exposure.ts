import type { Exposure } from './deployment.ts';
import type { Environment } from './store.ts';

/** What the clients of an environment should be served for one profile; undefined when nothing was ever deployed. */
export function exposureOf({ deployments }: Environment, profileId: string): Exposure | undefined {
  return deployments.findLast((it) => it.plan.ConfigurationProfileId === profileId)?.exposure;
}

/** The version that everybody has once nothing is under way. */
export function versionServed(environment: Environment, profileId: string): string | undefined {
  const exposure = exposureOf(environment, profileId);
  if (exposure === undefined) return undefined;
  return exposure.percentage === 100 ? exposure.version : exposure.previousVersion;
}
