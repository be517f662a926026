import { createConnection, type Connection } from 'mysql2/promise';
import type { DataApiOptions } from '../../../../rehearsal/cloud/data-api/data-api.ts';
import { freshMysqlDatabase } from '../../../fresh-mysql-database.ts';
import { dataApiOn, type CallsOfDataApi } from './local-data-api.ts';

/** On a MySQL database of its own, with a plain connection beside it. */
export interface LocalMysqlDataApi extends CallsOfDataApi {
  readonly database: Connection;
  /** The first value of what a statement gives, over the plain connection. */
  value(sql: string): Promise<unknown>;
}

export async function localMysqlDataApi(options: Partial<DataApiOptions> = {}): Promise<LocalMysqlDataApi> {
  const fresh = await freshMysqlDatabase();
  const database = await createConnection({ uri: fresh.url, multipleStatements: true });
  const calls = await dataApiOn(fresh.url, options);
  return {
    ...calls,
    database,
    value: async (sql) => {
      const [rows] = await database.query({ sql, rowsAsArray: true });
      const [first]: unknown[] = Array.isArray(rows) ? rows : [];
      return Array.isArray(first) ? first[0] : undefined;
    },
    close: async () => {
      await calls.close();
      await database.end();
      await fresh.drop();
    },
  };
}
