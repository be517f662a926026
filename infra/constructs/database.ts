import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DatabaseConfig } from '../config.ts';

/** The migrated database, as the rest of the stack needs to know it. */
export interface MigratedDatabase {
  readonly clusterIdentifier: string;
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly secretKeyArn?: string | undefined;
  readonly name: string;
  readonly load: 'cpu' | 'acu';
}

/** The cluster that a team has already. Nothing of it is made or changed here. */
export function existingDatabase(scope: Construct, config: DatabaseConfig): MigratedDatabase {
  const clusterArn = Stack.of(scope).formatArn({
    service: 'rds',
    resource: 'cluster',
    resourceName: config.clusterIdentifier,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { ...config, clusterArn };
}

/** What the stack is synthesised with while nobody has said which cluster; it cannot be deployed like this. */
export const placeholderDatabase: DatabaseConfig = {
  clusterIdentifier: 'placeholder-cluster',
  secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:placeholder-AbCdEf',
  name: 'placeholder',
  engine: 'aurora-postgresql',
  load: 'cpu',
};
