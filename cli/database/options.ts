import { Option, type Command } from 'commander';
import { UsageError } from '../usage-error.ts';
import type { Planner } from './planner.ts';

export interface DatabaseOptions {
  readonly databaseUrl?: string;
  readonly clusterArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly region?: string;
}

/** Adds the options by which a command finds the database that it looks at. */
export const withDatabase = (command: Command): Command =>
  command
    .addOption(
      new Option('--database-url <url>', 'the database, such as postgres://user@host:5432/shop').env(
        'UNDERPIN_DATABASE_URL',
      ),
    )
    .option('--cluster-arn <arn>', 'or an Aurora cluster, through the RDS Data API')
    .option('--secret-arn <arn>', 'the secret of the role that migrates, for --cluster-arn')
    .option('--database <name>', 'the database in that cluster')
    .option('--region <region>', 'the region of the cluster; else AWS_REGION');

/**
 * The database that the options name; null where they name none. The drivers are loaded only where they are used.
 * Raises UsageError.
 */
export async function openPlanner(options: DatabaseOptions): Promise<Planner | null> {
  const { databaseUrl, clusterArn, secretArn, database, region } = options;
  const byArn = [clusterArn, secretArn, database].filter((each) => each !== undefined).length;
  if (databaseUrl !== undefined) {
    if (clusterArn !== undefined || secretArn !== undefined)
      throw new UsageError('--database-url and --cluster-arn are two databases. Give one.');
    const { postgresPlanner } = await import('./postgres-planner.ts');
    return postgresPlanner(address(databaseUrl));
  }
  if (byArn === 0) return null;
  if (clusterArn === undefined || secretArn === undefined || database === undefined)
    throw new UsageError('The Data API needs all of --cluster-arn, --secret-arn and --database.');
  const { dataApiPlanner } = await import('./data-api-planner.ts');
  return dataApiPlanner(
    { engine: 'postgres', resourceArn: clusterArn, secretArn, database },
    region ?? regionOf(clusterArn),
  );
}

const regionOf = (arn: string): string | undefined => arn.split(':')[3];

function address(text: string): string {
  if (URL.canParse(text) && /^postgres(?:ql)?:$/u.test(new URL(text).protocol)) return text;
  // Not repeated: it may hold a password.
  throw new UsageError(
    '--database-url takes an address such as postgresql://user:password@host:5432/database.',
  );
}
