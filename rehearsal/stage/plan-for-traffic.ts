import { dialectOf } from '../../engine/dialects/dialects.ts';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { PreflightFailed, StatementRefused } from '../../engine/database/errors.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { chosenTarget, readTargets } from '../../lambdas/runtime/targets.ts';
import { DataApiDatabase } from '../../lambdas/runtime/data-api-database.ts';

/**
 * Checks the migration against the database, before rows are made up and traffic starts, and says what the state
 * machine will find: the two shapes that the traffic will write, and what the plan warns of. Raises InvalidSpec and PreflightFailed.
 */
export async function planForTraffic(
  spec: Spec,
  environment: Readonly<Record<string, string>>,
  targetName: string,
): Promise<Plan> {
  const named = (name: string): string => environment[name] ?? '';
  const client = new RDSDataClient({
    endpoint: named('AWS_ENDPOINT_URL_RDS_DATA'),
    region: named('AWS_REGION'),
    credentials: { accessKeyId: named('AWS_ACCESS_KEY_ID'), secretAccessKey: named('AWS_SECRET_ACCESS_KEY') },
  });
  const target = chosenTarget(targetName, readTargets(named('UNDERPIN_TARGETS')));
  const database = new DataApiDatabase(client, {
    dialect: dialectOf(target.engine),
    resourceArn: target.cluster,
    secretArn: target.secret,
    database: target.database,
  });
  try {
    return await found(spec, database);
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    throw new PreflightFailed(
      `the database does not let the migration look at it: ${error.reason}. Give it a role that owns the table and ` +
        'may create the schema underpin, where the ledger lives.',
    );
  } finally {
    client.destroy();
  }
}

async function found(spec: Spec, database: DataApiDatabase): Promise<Plan> {
  const ledger = new Ledger(database);
  const record = await ledger.find(spec.name);
  if (record?.status === 'completed')
    throw new PreflightFailed(
      `${spec.name} was completed in this database before. Restore a fresh copy to rehearse it again.`,
    );
  // Rolled back earlier: the shapes stand, and the migration goes on from there.
  if (record && !(await ledger.applied(spec.name)).nothing()) return storedPlan(record);
  const planning = { database, parser: await sqlParser() };
  const subject = await preflight(spec, planning);
  const isNew = !(await ledger.exists());
  await installLedger(database);
  try {
    return await compile(spec, subject, planning);
  } catch (error) {
    // Some refusals are known only when the ledger's schema is there; if it is new, it goes again with them.
    const { remove } = planningDialectOf(database).ledgerSchema;
    if (isNew && remove !== null) await database.run(remove);
    throw error;
  }
}
