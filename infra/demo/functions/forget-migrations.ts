import {
  AppConfigClient,
  DeleteHostedConfigurationVersionCommand,
  paginateListHostedConfigurationVersions,
} from '@aws-sdk/client-appconfig';
import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { customResource } from './cloudformation.ts';

const { APPLICATION: ApplicationId, PROFILES = '', BUCKET: Bucket } = process.env;

/** When the demo goes: deletes what its migrations wrote, because a profile with flags and a bucket with reports would stay. */
export const handler = customResource(async (type) => {
  if (type !== 'Delete') return;
  for (const profile of PROFILES.split(',')) await forgetFlags(new AppConfigClient(), profile);
  await forgetReports(new S3Client());
});

async function forgetFlags(client: AppConfigClient, ConfigurationProfileId: string): Promise<void> {
  const profile = { ApplicationId, ConfigurationProfileId };
  const versions: (number | undefined)[] = [];
  // All of them first: a list that shrinks while it is read may skip some.
  for await (const { Items = [] } of paginateListHostedConfigurationVersions({ client }, profile))
    versions.push(...Items.map(({ VersionNumber }) => VersionNumber));
  for (const VersionNumber of versions)
    await client.send(new DeleteHostedConfigurationVersionCommand({ ...profile, VersionNumber }));
}

async function forgetReports(client: S3Client): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
}
