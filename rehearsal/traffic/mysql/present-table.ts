import type { Connection } from 'mysql2/promise';
import type { TableName } from '../../../engine/spec/table-name.ts';
import { rehearsalConnection } from '../../data/mysql/connection.ts';
import { otherNames, type TargetTable } from '../present-table.ts';

/** The table under the name that it has now, where a view may have its own; null once it is gone. */
export async function presentMysqlTable(client: Connection, named: TargetTable): Promise<TableName | null> {
  for (const now of [named.table, ...otherNames(named)]) {
    const [rows] = await client.query(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ? AND table_type = 'BASE TABLE'",
      [now.schema, now.name],
    );
    if (Array.isArray(rows) && rows.length > 0) return now;
  }
  return null;
}

/** The same for whoever has no connection yet. An earlier start may have left the table under another name. */
export async function presentMysqlName(databaseUrl: string, named: TargetTable): Promise<TableName> {
  const client = await rehearsalConnection(databaseUrl, 'underpin-rehearsal-control');
  try {
    return (await presentMysqlTable(client, named)) ?? named.table;
  } finally {
    await client.end();
  }
}
