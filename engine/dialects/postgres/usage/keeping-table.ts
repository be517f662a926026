import * as z from 'zod';
import { attachedObject, keepsTable, staysWithTable } from '../../../catalog/dependent-objects.ts';
import type { Database } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { askMadeOnView } from '../dependents/made-on-view.ts';
import { describeHanging } from '../hanging.ts';
import { describePublications } from '../old-shape.ts';

/** What keeps a table, or a view in its place, from being dropped, and what goes on reading the table when the view goes. */
export interface Keeping {
  readonly dependents: readonly string[];
  readonly carried: readonly string[];
}

export async function keepingTable(database: Database, table: TableName): Promise<Keeping> {
  const hangs = await database.rows(describeHanging(table), attachedObject);
  return { dependents: [...new Set(hangs.filter(keepsTable).map(({ what }) => what))], carried: [] };
}

export async function keepingAlias(database: Database, view: TableName): Promise<Keeping> {
  const { stuck, carried } = await askMadeOnView(database, view);
  return {
    dependents: stuck,
    carried: carried.map((what) => `${what} reads the table when the view goes`),
  };
}

const published = z.object({ name: z.string() });

/**
 * Publications that send a table's rows by a name that it has not for good; where the plan was made there was none. `kept`: it loses the
 * name by a rollback alone.
 */
export async function publishingMeanwhile(
  database: Database,
  table: TableName,
  kept: boolean,
): Promise<readonly string[]> {
  const found = await database.rows(describePublications(table), published);
  const ends = kept
    ? 'a name that a rollback takes away: take the table out of it until the migration has completed'
    : 'a name that ends with the contract: take the table out of it';
  return found.map(
    ({ name }) => `publication ${name}, which sends rows of ${table.schema}.${table.name}, ${ends}`,
  );
}

/** What would stay with a table when another one gets its name; our own triggers end by then. */
export async function boundToTable(database: Database, table: TableName): Promise<readonly string[]> {
  const hangs = await database.rows(describeHanging(table), attachedObject);
  const bound = hangs.filter((each) => staysWithTable(each) && !each.what.startsWith(`trigger "~underpin_`));
  return [...new Set(bound.map(({ what }) => what))];
}
