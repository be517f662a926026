import { createConnection, escapeId, type Connection } from 'mysql2/promise';
import { asWritten } from '../../../cli/database/mysql-database.ts';
import type { TableName } from '../../../engine/spec/table-name.ts';

/** A session of the rehearsal's own; `name` is what the server calls it. A lost connection is reported by the query that needs it. */
export async function rehearsalConnection(databaseUrl: string, name: string): Promise<Connection> {
  const client = await createConnection({
    uri: databaseUrl,
    ...asWritten,
    connectAttributes: { program_name: name },
  });
  client.on('error', () => {});
  return client;
}

export const identifier = (name: string): string => escapeId(name, true);
export const qualified = ({ schema, name }: TableName): string => `${identifier(schema)}.${identifier(name)}`;
