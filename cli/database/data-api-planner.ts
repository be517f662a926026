import { dialectOf } from '../../engine/dialects/dialects.ts';
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import type { Engine } from '../../engine/dialects/engine.ts';
import { DataApiDatabase, type DataApiTarget } from '../../lambdas/runtime/data-api-database.ts';
import { CouldNotAsk } from '../refused.ts';
import { inTheLedger, rolledBack, type Attempt, type Planner } from './planner.ts';

type Cluster = Omit<DataApiTarget, 'dialect'>;

/** A cluster through the RDS Data API, with ordinary AWS credentials. Raises CouldNotAsk where it does not say what it runs. */
export async function dataApiPlanner(cluster: Cluster, region: string | undefined): Promise<Planner> {
  const client = new RDSDataClient({
    ...(region === undefined ? {} : { region }),
    // The service itself gives up after 45 s.
    requestHandler: { requestTimeout: 65_000 },
  });
  const engine = await engineOf(client, cluster).catch((error: unknown) => {
    client.destroy();
    throw error;
  });
  const target = { dialect: dialectOf(engine), ...cluster };
  const reading = new DataApiDatabase(client, target);
  return {
    reading,
    trying: () =>
      engine === 'mysql' ? inTheLedger(reading) : rolledBack(reading, () => attempt(client, target)),
    close: () => Promise.resolve(client.destroy()),
  };
}

/** Both engines answer this, and each says its name or lacks it. */
const askVersion = 'SELECT version()';

async function engineOf(client: RDSDataClient, cluster: Cluster): Promise<Engine> {
  const { records } = await client.send(new ExecuteStatementCommand({ ...cluster, sql: askVersion }));
  const version = records?.[0]?.[0]?.stringValue;
  if (version === undefined) throw new CouldNotAsk('The cluster does not say which version it runs.');
  return version.startsWith('PostgreSQL') ? 'postgres' : 'mysql';
}

async function attempt(client: RDSDataClient, target: DataApiTarget): Promise<Attempt> {
  const { resourceArn, secretArn, database } = target;
  const { transactionId } = await client.send(
    new BeginTransactionCommand({ resourceArn, secretArn, database }),
  );
  if (transactionId === undefined) throw new Error('the Data API began a transaction without a name');
  return {
    database: new DataApiDatabase(client, { ...target, transactionId }),
    // After an error the service may have ended the transaction already, or keep its locks until this is sent.
    rollBack: async () => {
      try {
        await client.send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId }));
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'TransactionNotFoundException') throw error;
      }
    },
  };
}
