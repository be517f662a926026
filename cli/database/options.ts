import { Option, type Command } from 'commander';
import { engines, type Engine } from '../../engine/dialects/engine.ts';
import { UsageError } from '../usage-error.ts';
import { addressesTaken, engineOfUrl } from './engine-of-url.ts';
import type { Planner } from './planner.ts';

export interface DatabaseOptions {
  readonly databaseUrl?: string;
  readonly clusterArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly region?: string;
  readonly engine?: Engine;
}

/** Adds the options by which a command finds the database that it looks at. */
export const withDatabase = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--database-url <url>',
        'the database, such as postgres://user@host:5432/shop or mysql://user@host:3306/shop',
      ).env('UNDERPIN_DATABASE_URL'),
    )
    .option('--cluster-arn <arn>', 'or an Aurora cluster, through the RDS Data API')
    .option('--secret-arn <arn>', 'the secret of the role that migrates, for --cluster-arn')
    .option('--database <name>', 'the database in that cluster')
    .option('--region <region>', 'the region of the cluster; else AWS_REGION')
    .addOption(engineOption());

/** For who has no database to ask. */
export const engineOption = (): Option =>
  new Option('--engine <engine>', 'the engine, where no database is named (default: postgres)').choices(
    engines,
  );

/** That of the database which the options name by its address; null where only the database itself can say it. */
export function engineAsked({ databaseUrl, clusterArn, engine }: DatabaseOptions): Engine | null {
  const byUrl = databaseUrl === undefined ? undefined : engineOfUrl(databaseUrl);
  if (engine !== undefined && byUrl !== undefined && engine !== byUrl)
    throw new UsageError(`--database-url is not of ${engine}. Leave --engine out.`);
  return byUrl ?? engine ?? (clusterArn === undefined ? 'postgres' : null);
}

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
    const engine = engineOfUrl(databaseUrl);
    if (engine === undefined) throw new UsageError(addressesTaken);
    return byUrl[engine](databaseUrl);
  }
  if (byArn === 0) return null;
  if (clusterArn === undefined || secretArn === undefined || database === undefined)
    throw new UsageError('The Data API needs all of --cluster-arn, --secret-arn and --database.');
  const { dataApiPlanner } = await import('./data-api-planner.ts');
  return dataApiPlanner({ resourceArn: clusterArn, secretArn, database }, region ?? regionOf(clusterArn));
}

const regionOf = (arn: string): string | undefined => arn.split(':')[3];

const byUrl: { readonly [E in Engine]: (url: string) => Promise<Planner> } = {
  postgres: async (url) => (await import('./postgres-planner.ts')).postgresPlanner(url),
  mysql: async (url) => (await import('./mysql-planner.ts')).mysqlPlanner(url),
};
