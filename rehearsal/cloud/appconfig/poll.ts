import { z } from 'zod';
import { exposureOf } from './exposure.ts';
import type { Environment, HostedVersion, Profile } from './store.ts';

/** Not part of AWS: how our agent asks. The real one uses the AppConfig Data API and an undocumented format. */
export const agentPollPath = '/rehearsal/agent-poll';

const polledVersion = z.strictObject({
  number: z.int(),
  contentType: z.string(),
  contentBase64: z.string(),
});

/** What an agent fetches: both versions whole, so that it alone decides for each entity. Null: nothing is deployed. */
export const poll = z
  .strictObject({
    profileId: z.string(),
    type: z.enum(['AWS.AppConfig.FeatureFlags', 'AWS.Freeform']),
    deploymentNumber: z.int(),
    percentage: z.number(),
    version: polledVersion,
    previous: polledVersion.nullable(),
  })
  .nullable();

export type Poll = NonNullable<z.infer<typeof poll>>;
export type PolledVersion = z.infer<typeof polledVersion>;

export function pollOf(environment: Environment, profile: Profile): Poll | null {
  const exposure = exposureOf(environment, profile.Id);
  if (exposure === undefined) return null;
  const polled = (number: string) => shown(profile.versions[Number(number) - 1], number);
  return {
    profileId: profile.Id,
    type: profile.Type,
    deploymentNumber: exposure.deploymentNumber,
    percentage: exposure.percentage,
    version: polled(exposure.version),
    previous: exposure.previousVersion === undefined ? null : polled(exposure.previousVersion),
  };
}

function shown(version: HostedVersion | undefined, number: string): PolledVersion {
  if (version === undefined) throw new Error(`Version ${number} was deployed but does not exist`);
  return {
    number: version.VersionNumber,
    contentType: version.ContentType,
    contentBase64: Buffer.from(version.Content).toString('base64'),
  };
}
