import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { Client } from 'pg';
import {
  startDataApi,
  type DataApi,
  type DataApiOptions,
} from '../../../../rehearsal/cloud/data-api/data-api.ts';
import { freshDatabase } from '../../../fresh-database.ts';

export const resourceArn = 'arn:aws:rds:eu-central-1:123456789012:cluster:shop';
export const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:migrator-AbCdEf';
export const target = { resourceArn, secretArn };

/** A Data API on a database, and the unmodified SDK client talking to it. */
export interface CallsOfDataApi {
  readonly api: DataApi;
  readonly client: RDSDataClient;
  readonly url: string;
  execute(
    sql: string,
    options?: Partial<ExecuteStatementCommandInput>,
  ): Promise<ExecuteStatementCommandOutput>;
  batch(sql: string, parameterSets: SqlParameter[][], transactionId?: string): Promise<number>;
  begin(): Promise<string>;
  commit(transactionId: string): Promise<string | undefined>;
  rollback(transactionId: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** On a PostgreSQL database of its own, with a plain connection beside it. */
export interface LocalDataApi extends CallsOfDataApi {
  readonly database: Client;
}

export function sdkClient(endpoint: string, maxAttempts = 1): RDSDataClient {
  return new RDSDataClient({
    endpoint,
    maxAttempts,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

export async function localDataApi(options: Partial<DataApiOptions> = {}): Promise<LocalDataApi> {
  const fresh = await freshDatabase();
  const database = new Client({ connectionString: fresh.url });
  await database.connect();
  const calls = await dataApiOn(fresh.url, options);
  return {
    ...calls,
    database,
    close: async () => {
      await calls.close();
      await database.end();
      await fresh.drop();
    },
  };
}

export async function dataApiOn(url: string, options: Partial<DataApiOptions>): Promise<CallsOfDataApi> {
  const api = await startDataApi({
    databases: new Map([[resourceArn, { url, secretArns: [secretArn] }]]),
    ...options,
  });
  const client = sdkClient(api.endpoint);
  return {
    api,
    client,
    url,
    execute: (sql, more) => client.send(new ExecuteStatementCommand({ ...target, sql, ...more })),
    batch: async (sql, parameterSets, transactionId) => {
      const input = { ...target, sql, parameterSets, ...(transactionId !== undefined && { transactionId }) };
      return (await client.send(new BatchExecuteStatementCommand(input))).updateResults?.length ?? -1;
    },
    begin: async () => (await client.send(new BeginTransactionCommand(target))).transactionId ?? '',
    commit: async (transactionId) =>
      (await client.send(new CommitTransactionCommand({ ...target, transactionId }))).transactionStatus,
    rollback: async (transactionId) =>
      (await client.send(new RollbackTransactionCommand({ ...target, transactionId }))).transactionStatus,
    close: async () => {
      client.destroy();
      await api.close();
    },
  };
}
