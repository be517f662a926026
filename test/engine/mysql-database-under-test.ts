import { dialectOf } from '../../engine/dialects/dialects.ts';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { createConnection, type Connection } from 'mysql2/promise';
import type { Database } from '../../engine/database/database.ts';
import { DataApiDatabase } from '../../lambdas/runtime/data-api-database.ts';
import { startDataApi, type DataApi } from '../../rehearsal/cloud/data-api/data-api.ts';
import type { FreshDatabase } from '../fresh-database.ts';
import { freshMysqlDatabase } from '../fresh-mysql-database.ts';
import { resourceArn, secretArn } from './database-under-test.ts';

/** An empty MySQL database as the engine sees it, through the Data API, and as applications see it, by `mysql2`. */
export interface MysqlUnderTest {
  readonly database: Database;
  readonly api: DataApi;
  readonly url: string;
  /** The database's name: a schema to us. */
  readonly schema: string;
  /** A plain connection that takes several statements at once. */
  readonly sql: Connection;
  /** Another session, for a writer of its own; closed with the database. */
  connect(): Promise<Connection>;
  /** The first value of the first row. */
  value(sql: string): Promise<unknown>;
  /** SHOW CREATE TABLE. */
  definition(table: string): Promise<string>;
  close(): Promise<void>;
}

/** On the run's server, unless another database is given. */
export async function mysqlUnderTest(
  schema = '',
  database: Promise<FreshDatabase> = freshMysqlDatabase(),
): Promise<MysqlUnderTest> {
  const fresh = await database;
  const opened: Connection[] = [];
  const connect = async (): Promise<Connection> => {
    const connection = await createConnection({ uri: fresh.url, multipleStatements: true });
    connection.on('error', () => {});
    opened.push(connection);
    return connection;
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
  const sql = await connect();
  if (schema !== '') await sql.query(schema);
  const rowOf = async (statement: string): Promise<readonly unknown[]> => {
    const [rows] = await sql.query({ sql: statement, rowsAsArray: true });
    const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
    return Array.isArray(first) ? first : [];
  };
  return {
    database: new DataApiDatabase(
      rdsData,
      { dialect: dialectOf('mysql'), resourceArn, secretArn, database: '' },
      once,
    ),
    api,
    url: fresh.url,
    schema: decodeURIComponent(new URL(fresh.url).pathname.slice(1)),
    sql,
    connect,
    value: async (statement) => (await rowOf(statement))[0],
    definition: async (table) => String((await rowOf(`SHOW CREATE TABLE ${table}`))[1]),
    close: async () => {
      rdsData.destroy();
      once.destroy();
      await api.close();
      await Promise.all(opened.map((connection) => connection.end().catch(() => {})));
      await fresh.drop();
    },
  };
}
