import { BeginTransactionCommand, RDSDataClient, RollbackTransactionCommand } from '@aws-sdk/client-rds-data';
import { DataApiDatabase, type DataApiTarget } from '../../lambdas/runtime/data-api-database.ts';
import type { Planner } from './planner.ts';

/** A cluster through the RDS Data API, with ordinary AWS credentials. */
export function dataApiPlanner(target: DataApiTarget, region: string | undefined): Planner {
  const client = new RDSDataClient({
    ...(region === undefined ? {} : { region }),
    // The service itself gives up after 45 s.
    requestHandler: { requestTimeout: 65_000 },
  });
  const { resourceArn, secretArn } = target;
  return {
    reading: new DataApiDatabase(client, target),
    attempt: async () => {
      const { transactionId } = await client.send(new BeginTransactionCommand(target));
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
    },
    close: () => Promise.resolve(client.destroy()),
  };
}
