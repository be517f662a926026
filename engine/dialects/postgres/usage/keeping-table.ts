import { attachedObject, keepsTable, staysWithTable } from '../../../catalog/facts.ts';
import type { Database } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { describeHanging } from '../hanging.ts';

/** What keeps a table, or a view, from being dropped. */
export async function keepingTable(
  database: Database,
  table: TableName,
): Promise<readonly { readonly what: string }[]> {
  const hangs = await database.rows(describeHanging(table), attachedObject);
  const keeping = hangs.filter(keepsTable).map(({ what }) => what);
  return [...new Set(keeping)].map((what) => ({ what }));
}

/** What would stay with a table when another one gets its name; our own triggers end by then. */
export async function boundToTable(database: Database, table: TableName): Promise<readonly string[]> {
  const hangs = await database.rows(describeHanging(table), attachedObject);
  const bound = hangs.filter((each) => staysWithTable(each) && !each.what.startsWith(`trigger "~underpin_`));
  return [...new Set(bound.map(({ what }) => what))];
}
