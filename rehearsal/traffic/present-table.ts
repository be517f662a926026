import { Client, type ClientBase } from 'pg';
import type { TableName } from '../../engine/spec/table-name.ts';
import { qualified } from '../database/postgres-names.ts';
import type { WrittenShape } from './written-shape.ts';

export interface TargetTable {
  readonly table: TableName;
  readonly shape: WrittenShape;
}

/** Names that it may have for a while. */
export function otherNames({ table, shape }: TargetTable): readonly TableName[] {
  if (shape.kind === 'leaving table') return [{ ...table, name: shape.quarantined }];
  if (shape.kind === 'renamed table') return [shape.to];
  return shape.kind === 'pair' && shape.base !== undefined ? [{ ...table, name: shape.base }] : [];
}

/** The table under the name that it has now; null once it is gone. */
export async function presentTable(client: ClientBase, named: TargetTable): Promise<TableName | null> {
  for (const now of [named.table, ...otherNames(named)]) {
    const { rows } = await client.query<{ is: boolean }>(
      "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass($1) AND relkind IN ('r', 'p')) AS is",
      [qualified(now)],
    );
    if (rows[0]?.is === true) return now;
  }
  return null;
}

/** The same for whoever has no connection yet. An earlier start may have left the table under another name. */
export async function presentName(databaseUrl: string, named: TargetTable): Promise<TableName> {
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
