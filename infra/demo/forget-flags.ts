import {
  AppConfigClient,
  DeleteHostedConfigurationVersionCommand,
  paginateListHostedConfigurationVersions,
} from '@aws-sdk/client-appconfig';
import { customResource } from './cloudformation.ts';

/** When the demo goes: deletes the read flags that its migrations wrote, because AppConfig keeps a profile that has any. */
export const handler = customResource(async (type) => {
  if (type !== 'Delete') return;
  const { APPLICATION: ApplicationId, PROFILE: ConfigurationProfileId } = process.env;
  const client = new AppConfigClient();
  const profile = { ApplicationId, ConfigurationProfileId };
  const versions: (number | undefined)[] = [];
  // All of them first: a list that shrinks while it is read may skip some.
  for await (const { Items = [] } of paginateListHostedConfigurationVersions({ client }, profile))
    versions.push(...Items.map(({ VersionNumber }) => VersionNumber));
  for (const VersionNumber of versions)
    await client.send(new DeleteHostedConfigurationVersionCommand({ ...profile, VersionNumber }));
});
