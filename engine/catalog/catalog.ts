import { inspectorOf } from '../dialects/dialects.ts';
import type { Database } from '../database/database.ts';
import type { KeyColumn } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Column, Dependent, Leaving, Mention, TableFacts } from './facts.ts';

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
  /** Of a column that goes for good; null where none does. */
  readonly leaving: Leaving | null;
}

/** The column that a change is about, if it is to be gone at the end. */
export interface AskedColumn {
  readonly column: string;
  /** Whether another one takes its place. */
  readonly replaced: boolean;
}

/** Reads the catalog without touching anything; undefined where there is no such table. */
export async function readCatalog(
  database: Database,
  name: TableName,
  asked: AskedColumn | null,
): Promise<Catalog | undefined> {
  const inspect = inspectorOf(database);
  const table = await inspect.table(name);
  if (table === undefined) return undefined;
  const columns = await inspect.columns(name);
  // Where quoted text ends elsewhere the migration is refused, and these questions would be misread.
  const known = asked !== null && columns.some((each) => each.name === asked.column);
  const about = table.usualQuoting && known ? asked : null;
  return {
    table,
    columns,
    key: await inspect.key(name),
    beforeTriggers: await inspect.beforeTriggers(name),
    dependents: about === null ? [] : await inspect.dependents(name, about.column),
    mentions: about === null ? [] : await inspect.mentions(name, about.column),
    leaving: about === null || about.replaced ? null : await inspect.leaving(name, about.column),
  };
}
