import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { KeyColumn } from '../dialects/inspector.ts';
import type { WalkOrder } from '../plan/settings.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Partition } from './partitions.ts';
import type { AttachedObject, Dependent, LeavingColumn, Mention, OfColumn } from './dependent-objects.ts';
import type { Column, TableFacts } from './facts.ts';

export type { Column } from './facts.ts';

/** What the database says of the table before anything is changed. */
export interface Catalog {
  readonly table: TableFacts;
  readonly columns: readonly Column[];
  /** Of a partitioned table; null of another one. */
  readonly partitions: readonly Partition[] | null;
  /** The order in which rows are to be walked. */
  readonly by: WalkOrder;
  /** What tells them apart then. */
  readonly key: readonly KeyColumn[];
  readonly beforeTriggers: readonly string[];
  /** What would keep the columns that are to be gone from being dropped. */
  readonly dependents: readonly OfColumn<Dependent>[];
  /** What holds their names as text, and means them or may. */
  readonly mentions: readonly OfColumn<Mention>[];
  /** Of a column that goes for good; null where none does. */
  readonly leaving: LeavingColumn | null;
  /** What the role may not see, and what may keep the table, or a part of it, from going; in words. */
  readonly unseen: readonly string[];
  /** Of the table as a whole; null where a change is about parts of it. */
  readonly whole: WholeTable | null;
}

/** What must be known of a table that goes, or gets another name. */
export interface WholeTable {
  readonly hanging: readonly AttachedObject[];
  /** Functions that hold its name and may mean it, the first few. */
  readonly mentions: readonly string[];
}

/** Nothing but the table itself. */
export const askedNothing: AskedOf = { asked: null, wholeTable: false, by: 'key' };

/** What a change must know of its table. */
export interface AskedOf {
  readonly asked: AskedColumns | null;
  readonly wholeTable: boolean;
  readonly by: WalkOrder;
}

/** The columns that are to be gone at the end. */
export interface AskedColumns {
  readonly columns: readonly string[];
  /** Whether others take their place. */
  readonly replaced: boolean;
}

/** Reads the catalog without touching anything; undefined where there is no such table. */
export async function readCatalog(
  database: Database,
  name: TableName,
  { asked, wholeTable, by }: AskedOf,
  parser: SqlParser,
): Promise<Catalog | undefined> {
  const inspect = inspectorOf(database);
  const table = await inspect.table(name);
  if (table === undefined) return undefined;
  const columns = await inspect.columns(name);
  // Where quoted text ends elsewhere the migration is refused, and these questions would be misread.
  const known =
    table.usualQuoting && asked !== null
      ? asked.columns.filter((old) => columns.some((each) => each.name === old))
      : [];
  const [going] = asked?.replaced === false ? known : [];
  return {
    table,
    columns,
    partitions: table.kind === 'partitioned' ? await inspect.partitions(name) : null,
    by,
    key: await inspect.key(name, by),
    beforeTriggers: await inspect.beforeTriggers(name),
    dependents: await ofEach(known, (column) => inspect.dependents(name, column, asked?.replaced === true)),
    mentions: await ofEach(known, (column) => inspect.mentions(name, column, parser)),
    leaving: going === undefined ? null : await inspect.leaving(name, going),
    unseen: await inspect.unseen(name),
    whole:
      wholeTable && table.usualQuoting
        ? { hanging: await inspect.hanging(name), mentions: await inspect.tableMentions(name) }
        : null,
  };
}

/** The columns that every UPDATE sets by itself, and that a backfill keeps as they are. */
export const touchedColumns = ({ columns }: Catalog): readonly string[] =>
  columns.filter(({ touched }) => touched === true).map(({ name }) => name);

async function ofEach<T>(
  columns: readonly string[],
  ask: (column: string) => Promise<readonly T[]>,
): Promise<readonly OfColumn<T>[]> {
  const found: OfColumn<T>[] = [];
  for (const column of columns) found.push(...(await ask(column)).map((each) => ({ ...each, column })));
  return found;
}
