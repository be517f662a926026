import { inspectorOf, planningDialectOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { ColumnDefault } from '../dialects/dual-write.ts';
import type { Likeness, SessionSettings, Sides } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import type { InheritedFacts } from './facts.ts';
import { freeNames, namesFor } from './inherited-names.ts';

type Of<K extends InheritedFacts['kind']> = Extract<InheritedFacts, { kind: K }>;
/** With its new name. */
type Named<T> = T & { readonly as: string };
/** `lasting`: its definition once the column bears the name that it keeps. */
export type InheritedIndex = Named<Of<'index'>> & { readonly lasting: string };
export type InheritedConstraint = Named<Of<'check' | 'foreign key'>>;
export type InheritedForeignKey = Named<Of<'foreign key'>>;
export type InheritedStatistics = Named<Of<'statistics'>>;
/** An index, a check or a statistics object of the old column that the new one does not get. */
export type LeftBehind = Of<'left behind'>;

/** What the new column takes over from the old one, as the database itself would write it. */
export interface Inheritance {
  readonly type: string;
  /** Quoted; null for the type's own. */
  readonly collation: string | null;
  /** The collation that its values are compared by; null for a type without. */
  readonly collates: string | null;
  readonly plain: boolean;
  /** Whether storage and compression can be chosen for its values. */
  readonly toastable: boolean;
  readonly defaultVaries: ColumnDefault['varies'];
  readonly oldDefaultVaries: ColumnDefault['varies'];
  /** The old column's constant default, converted; null where there is none or it is no constant. */
  readonly upDefault: string | null;
  /** A default that comes with the new column's type, a domain, and would fill old rows. */
  readonly typeDefault: string | null;
  /** Whether adding the column writes the table anew, as a domain with a constraint does. */
  readonly rewrites: boolean;
  /** Whether the old column's type, not the column, is NOT NULL. */
  readonly oldRefusesNull: boolean;
  readonly indexes: readonly InheritedIndex[];
  readonly constraints: readonly InheritedConstraint[];
  readonly statistics: readonly InheritedStatistics[];
  readonly leftBehind: readonly LeftBehind[];
  /** Of the session that compiled the plan: what its expressions were read under, they are run under. */
  readonly settings: SessionSettings;
}

/** What is built on the new side, and what is not. */
export type BuiltObjects = Pick<Inheritance, 'indexes' | 'constraints' | 'statistics' | 'leftBehind'>;

export async function readInheritance(database: Database, ask: Likeness): Promise<Inheritance> {
  const inspect = inspectorOf(database);
  const rows = await inspect.heirs(ask);
  const self = rows.find((row) => row.kind === 'column');
  if (!self) throw new Error(`the database did not say what ${ask.to} would be`);
  return {
    ...self,
    ...(await builtFrom(rows, database, ask.table, { from: [ask.from ?? ''], to: ask.to })),
    settings: await inspect.sessionSettings(),
  };
}

/** What the author's answers become over the columns that take the place of others. */
export async function readSides(database: Database, sides: Sides): Promise<BuiltObjects> {
  const rows = await inspectorOf(database).sides(sides);
  const to = sides.new.map(({ name }) => name).join('_');
  return builtFrom(rows, database, sides.table, { from: sides.old.map(({ name }) => name), to });
}

async function builtFrom(
  rows: readonly InheritedFacts[],
  database: Database,
  table: TableName,
  renamed: Renamed,
): Promise<BuiltObjects> {
  const heirs = rows.filter(
    (row): row is Heir =>
      row.kind !== 'column' && row.kind !== 'left behind' && row.kind !== 'index once called',
  );
  const lasting = new Map(
    rows.flatMap((row) => (row.kind === 'index once called' ? [[row.name, row.definition] as const] : [])),
  );
  const named = await withNames(database, table, renamed, heirs);
  return {
    indexes: named
      .filter((row): row is Named<Of<'index'>> => row.kind === 'index')
      .map((index) => ({ ...index, lasting: lasting.get(index.name) ?? index.definition })),
    constraints: named.filter(
      (row): row is InheritedConstraint => row.kind === 'check' || row.kind === 'foreign key',
    ),
    statistics: named.filter((row): row is InheritedStatistics => row.kind === 'statistics'),
    leftBehind: rows.filter((row): row is LeftBehind => row.kind === 'left behind'),
  };
}

type Heir = Of<'index' | 'check' | 'foreign key' | 'statistics'>;

/** Columns and what takes their place, as names of indexes and constraints speak of them. */
interface Renamed {
  readonly from: readonly string[];
  readonly to: string;
}

/** Whether it is a foreign key that refers to the column. */
export const refersToIt = <T extends Heir>(heir: T): heir is Extract<T, Of<'foreign key'>> =>
  heir.kind === 'foreign key' && heir.refers;

/** Names that are free: an index that somebody else made must never be taken for ours. */
async function withNames(
  database: Database,
  table: TableName,
  { from, to }: Renamed,
  heirs: readonly Heir[],
): Promise<readonly Named<Heir>[]> {
  const dialect = planningDialectOf(database);
  const wanted = heirs.map((heir) => {
    const { name } = heir;
    // Another table's column may be called alike.
    const named = refersToIt(heir) ? undefined : from.find((column) => name.includes(column));
    return namesFor(name, named ?? '', to, dialect.names);
  });
  const taken = await dialect.inspector(database).takenNames(table, wanted.flat());
  const names = freeNames(wanted, new Set(taken));
  return heirs.map((heir, at) => ({ ...heir, as: names[at] ?? heir.name }));
}
