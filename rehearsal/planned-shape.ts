import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { compile, preflight } from '../engine/compile.ts';
import { Ledger } from '../engine/ledger.ts';
import type { Shape } from '../engine/plan.ts';
import { storedPlan } from '../engine/stored.ts';
import type { Spec } from '../engine/spec.ts';
import { DataApiDatabase } from '../lambdas/runtime/data-api-database.ts';

/**
 * Checks the migration against the database, before rows are made up and traffic starts, and tells the two shapes
 * that the traffic will write. Raises InvalidSpec.
 */
export async function plannedShape(
  spec: Spec,
  environment: Readonly<Record<string, string>>,
): Promise<Shape> {
  const named = (name: string): string => environment[name] ?? '';
  const client = new RDSDataClient({
    endpoint: named('AWS_ENDPOINT_URL_RDS_DATA'),
    region: named('AWS_REGION'),
    credentials: { accessKeyId: named('AWS_ACCESS_KEY_ID'), secretAccessKey: named('AWS_SECRET_ACCESS_KEY') },
  });
  const database = new DataApiDatabase(client, {
    resourceArn: named('UNDERPIN_CLUSTER_ARN'),
    secretArn: named('UNDERPIN_SECRET_ARN'),
    database: named('UNDERPIN_DATABASE'),
  });
  try {
    const ledger = new Ledger(database);
    const record = await ledger.find(spec.name);
    // Rolled back earlier: the shapes stand, and the migration goes on from there.
    if (record && (await ledger.applied(spec.name)).size > 0) return storedPlan(record).shape;
    const subject = await preflight(spec, database);
    await ledger.install();
    return (await compile(spec, subject, database)).shape;
  } finally {
    client.destroy();
  }
}
