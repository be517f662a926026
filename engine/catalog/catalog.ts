import { inspectorOf } from '../dialects/dialects.ts';
import type { Database } from '../database/database.ts';
import type { KeyColumn } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Column, Dependent, Mention, TableFacts } from './facts.ts';

export type { Column } from './facts.ts';

/** What the database says of the table before anything is changed. */
export interface Catalog {
  readonly table: TableFacts;
  readonly columns: readonly Column[];
  readonly key: readonly KeyColumn[];
  readonly beforeTriggers: readonly string[];
  /** By column: what would keep it from being dropped. */
  readonly dependents: readonly Dependent[];
  /** What holds its name and may mean it. */
  readonly mentions: readonly Mention[];
}

/** Reads the catalog without touching anything; undefined where there is no such table. */
export async function readCatalog(
  database: Database,
  name: TableName,
  oldColumn: string | null,
): Promise<Catalog | undefined> {
  const inspect = inspectorOf(database);
  const table = await inspect.table(name);
  if (table === undefined) return undefined;
  const columns = await inspect.columns(name);
  // Where quoted text ends elsewhere the migration is refused, and these questions would be misread.
  const known = table.usualQuoting && oldColumn !== null && columns.some((each) => each.name === oldColumn);
  return {
    table,
    columns,
    key: await inspect.key(name),
    beforeTriggers: await inspect.beforeTriggers(name),
    dependents: known ? await inspect.dependents(name, oldColumn) : [],
    mentions: known ? await inspect.mentions(name, oldColumn) : [],
  };
}
