import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { DemoFunction } from './demo-function.ts';
import type { ReadFlags } from '../constructs/read-flags.ts';

/**
 * Deletes what migrations wrote when the demo is destroyed: one command is to be enough. Elsewhere the flags are
 * somebody's reads, and people delete them (docs/deploy.md).
 */
export const demoEnd = (
  scope: Construct,
  {
    prefix,
    flags,
    reports,
  }: { readonly prefix: string; readonly flags: ReadFlags; readonly reports: Bucket },
): DemoFunction =>
  new DemoFunction(scope, {
    prefix,
    name: 'forget-migrations',
    description: 'Deletes what the migrations of the demo wrote when it is destroyed',
    permissions: [
      {
        why: 'delete the read flags',
        actions: ['appconfig:ListHostedConfigurationVersions', 'appconfig:DeleteHostedConfigurationVersion'],
        resources: [
          flags.arns.application,
          ...flags.arns.profiles,
          ...flags.arns.profiles.map((profile) => `${profile}/hostedconfigurationversion/*`),
        ],
        wildcard: 'versions of these profiles are numbered as they come.',
      },
      { why: 'find the reports', actions: ['s3:ListBucket'], resources: [reports.bucketArn] },
      {
        why: 'delete the reports',
        actions: ['s3:DeleteObject'],
        resources: [`${reports.bucketArn}/*`],
        wildcard: 'reports are named for their migrations.',
      },
    ],
    environment: {
      APPLICATION: flags.application,
      PROFILES: flags.targets.map(({ profile }) => profile).join(','),
      BUCKET: reports.bucketName,
    },
  });
