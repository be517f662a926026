import type { Database } from '../database/database.ts';
import type { KeyColumn, Likeness } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Column, Dependent, Inherited, TableFacts } from './facts.ts';
import { freeNames, namesFor } from './inherited-names.ts';

export type { Column } from './facts.ts';

/** What the database says of the table before anything is changed. */
export interface Catalog {
  readonly table: TableFacts;
  readonly columns: readonly Column[];
  readonly key: readonly KeyColumn[];
  readonly beforeTriggers: readonly string[];
  /** By column: what would keep it from being dropped. */
  readonly dependents: readonly Dependent[];
}

/** Reads the catalog without touching anything; undefined where there is no such table. */
export async function readCatalog(
  database: Database,
  name: TableName,
  oldColumn: string | null,
): Promise<Catalog | undefined> {
  const inspect = database.dialect.inspector(database);
  const table = await inspect.table(name);
  if (table === undefined) return undefined;
  const columns = await inspect.columns(name);
  const known = oldColumn !== null && columns.some((each) => each.name === oldColumn);
  return {
    table,
    columns,
    key: await inspect.key(name),
    beforeTriggers: await inspect.beforeTriggers(name),
    dependents: known ? await inspect.dependents(name, oldColumn) : [],
  };
}

/** With the name that it shall have on the new column. */
type Named<T> = T & { readonly as: string };
export type InheritedIndex = Named<Extract<Inherited, { kind: 'index' }>>;
export type InheritedConstraint = Named<Extract<Inherited, { kind: 'check' | 'foreign key' }>>;

/** What the new column takes over from the old one, as the database itself would write it. */
export interface Inheritance {
  readonly type: string;
  /** Quoted; null for the type's own. */
  readonly collation: string | null;
  readonly plain: boolean;
  readonly volatileDefault: boolean;
  readonly volatileOldDefault: boolean;
  /** The old column's constant default, converted; null where there is none or it is no constant. */
  readonly upDefault: string | null;
  readonly indexes: readonly InheritedIndex[];
  readonly constraints: readonly InheritedConstraint[];
  /** What computes with the old values and is not carried over to converted ones: `index users_lower_email`. */
  readonly leftBehind: readonly string[];
}

export async function readInheritance(database: Database, ask: Likeness): Promise<Inheritance> {
  const rows = await database.dialect.inspector(database).heirs(ask);
  const self = rows.find((row) => row.kind === 'column');
  if (!self) throw new Error(`the database did not say what ${ask.to} would be`);
  const named = await withNames(
    database,
    ask,
    rows.filter((row): row is Heir => 'name' in row),
  );
  return {
    type: self.type,
    collation: self.collation,
    plain: self.plain,
    volatileDefault: self.volatileDefault,
    volatileOldDefault: self.volatileOldDefault,
    upDefault: self.upDefault,
    indexes: named.filter((row): row is InheritedIndex => row.kind === 'index'),
    constraints: named.filter((row): row is InheritedConstraint => row.kind !== 'index'),
    leftBehind: rows.flatMap((row) => (row.kind === 'left behind' ? [row.what] : [])),
  };
}

type Heir = Extract<Inherited, { name: string }>;

/** Names that are free: an index that somebody else made must never be taken for ours. */
async function withNames(
  database: Database,
  ask: Likeness,
  heirs: readonly Heir[],
): Promise<readonly Named<Heir>[]> {
  const { dialect } = database;
  const wanted = heirs.map(({ name }) => namesFor(name, ask.from ?? '', ask.to, dialect.names));
  const taken = await dialect.inspector(database).takenNames(ask.table, wanted.flat());
  const names = freeNames(wanted, new Set(taken));
  return heirs.map((heir, at) => ({ ...heir, as: names[at] ?? heir.name }));
}
