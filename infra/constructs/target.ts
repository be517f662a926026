import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TargetConfig } from '../config.ts';

/** A database that is migrated, as the rest of the stack needs to know it. */
export interface MigratedDatabase {
  /** The name of the target. */
  readonly name: string;
  readonly clusterIdentifier: string;
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly secretKeyArn?: string | undefined;
  /** Its name in the cluster. */
  readonly database: string;
  readonly load: 'cpu' | 'acu';
}

/** In a cluster that a team has already. Nothing of it is made or changed here. */
export function existingDatabase(scope: Construct, config: TargetConfig): MigratedDatabase {
  const clusterArn = Stack.of(scope).formatArn({
    service: 'rds',
    resource: 'cluster',
    resourceName: config.clusterIdentifier,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { ...config, clusterArn };
}

/** What the stack is synthesised with while nobody has said which cluster; it cannot be deployed like this. */
export const placeholderDatabase: TargetConfig = {
  name: 'placeholder',
  clusterIdentifier: 'placeholder-cluster',
  secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:placeholder-AbCdEf',
  database: 'placeholder',
  engine: 'aurora-postgresql',
  load: 'cpu',
};
