import { Client, type ClientBase } from 'pg';
import type { TableName } from '../../engine/spec/table-name.ts';
import { qualified } from '../database/postgres-names.ts';
import type { WrittenShape } from './written-shape.ts';

interface Named {
  readonly table: TableName;
  readonly shape: WrittenShape;
}

/** The table under the name that it has now; null once it is gone. */
export async function presentTable(client: ClientBase, { table, shape }: Named): Promise<TableName | null> {
  if (shape.kind !== 'leaving table') return table;
  for (const name of [table.name, shape.quarantined]) {
    const now = { schema: table.schema, name };
    const { rows } = await client.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [
      qualified(now),
    ]);
    if (rows[0]?.is === true) return now;
  }
  return null;
}

/** The same for whoever has no connection yet. An earlier start may have left the table under another name. */
export async function presentName(databaseUrl: string, named: Named): Promise<TableName> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'underpin-rehearsal-control',
  });
  // A lost connection is reported by the query that needs it.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await presentTable(client, named)) ?? named.table;
  } finally {
    await client.end();
  }
}
