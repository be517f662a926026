import { dialectOf } from '../../engine/dialects/dialects.ts';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { Client } from 'pg';
import type { Database } from '../../engine/database/database.ts';
import { DataApiDatabase } from '../../lambdas/runtime/data-api-database.ts';
import { startDataApi, type DataApi } from '../../rehearsal/cloud/data-api/data-api.ts';
import { freshDatabase } from '../fresh-database.ts';

export const resourceArn = 'arn:aws:rds:eu-central-1:123456789012:cluster:shop';
export const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:migrator';

interface Session {
  readonly user?: string;
  readonly password?: string;
  /** As for psql: `-c search_path=…`. */
  readonly options?: string;
}

/** An empty PostgreSQL database as the engine sees it, through the Data API, and as applications see it, by `pg`. */
export interface DatabaseUnderTest {
  /** What the engine is given. */
  readonly database: Database;
  readonly api: DataApi;
  readonly url: string;
  /** A plain connection as superuser. */
  readonly sql: Client;
  /** Another session, for a writer of its own; closed with the database. */
  connect(session?: Session): Promise<Client>;
  /** The engine's view of the same database under another role. */
  as(role: string, password: string): Database;
  close(): Promise<void>;
}

/** `on`: a database of another server than the one that all tests share. */
export async function databaseUnderTest(schema = '', on = freshDatabase()): Promise<DatabaseUnderTest> {
  const fresh = await on;
  const opened: Client[] = [];
  const urlAs = (role?: string, password?: string): string => {
    const url = new URL(fresh.url);
    if (role !== undefined) url.username = role;
    if (password !== undefined) url.password = password;
    return url.href;
  };
  const connect = async ({ user, password, options }: Session = {}): Promise<Client> => {
    // pg takes the user of a connection string over one beside it.
    const client = new Client({ connectionString: urlAs(user, password), ...(options && { options }) });
    opened.push(client);
    await client.connect();
    return client;
  };
  const api = await startDataApi({
    databases: new Map([[resourceArn, { url: fresh.url, secretArns: [secretArn] }]]),
  });
  const place = {
    endpoint: api.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const rdsData = new RDSDataClient(place);
  const once = new RDSDataClient({ ...place, maxAttempts: 1 });
  const databaseOf = (arn: string): Database =>
    new DataApiDatabase(
      rdsData,
      { dialect: dialectOf('postgres'), resourceArn: arn, secretArn, database: '' },
      once,
    );
  let roles = 0;
  const sql = await connect();
  if (schema !== '') await sql.query(schema);
  return {
    database: databaseOf(resourceArn),
    api,
    url: fresh.url,
    sql,
    connect,
    as: (role, password) => {
      const arn = `${resourceArn}-as-${role}-${(roles += 1)}`;
      api.addDatabase(arn, { url: urlAs(role, password), secretArns: [secretArn] });
      return databaseOf(arn);
    },
    close: async () => {
      rdsData.destroy();
      once.destroy();
      await api.close();
      await Promise.all(opened.map((client) => client.end()));
      await fresh.drop();
    },
  };
}

/** SQLSTATE of a statement that must fail; 'no error' when it does not. */
export async function sqlState(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'no error';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}
