import { inspectorOf, planningDialectOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { Likeness, Sides } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import type { InheritedFacts } from './inherited-facts.ts';
import { freeNames, namesFor } from './inherited-names.ts';
import {
  refersToIt,
  type BuiltObjects,
  type Heir,
  type Inheritance,
  type InheritedConstraint,
  type InheritedStatistics,
  type LeftBehind,
  type Named,
  type Of,
} from './inherited.ts';

export async function readInheritance(
  database: Database,
  ask: Likeness,
): Promise<Omit<Inheritance, 'settings'>> {
  const inspect = inspectorOf(database);
  const rows = await inspect.heirs(ask);
  const self = rows.find((row) => row.kind === 'column');
  if (!self) throw new Error(`the database did not say what ${ask.to} would be`);
  return {
    ...self,
    ...(await builtFrom(rows, database, ask.table, { from: [ask.from ?? ''], to: ask.to })),
    inPartitions: rows.flatMap((row) => (row.kind === 'in partitions' ? [row.what] : [])),
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
      row.kind !== 'column' &&
      row.kind !== 'left behind' &&
      row.kind !== 'in partitions' &&
      row.kind !== 'index once called',
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

/** Columns and what takes their place, as names of indexes and constraints speak of them. */
interface Renamed {
  readonly from: readonly string[];
  readonly to: string;
}

/** Names that are free: an index that somebody else made must never be taken for ours. */
async function withNames(
  database: Database,
  table: TableName,
  { from, to }: Renamed,
  heirs: readonly Heir[],
): Promise<readonly Named<Heir>[]> {
  const { names } = planningDialectOf(database);
  const wanted = heirs.map((heir) => {
    // Another table's column may be called alike.
    const named = refersToIt(heir) ? undefined : from.find((column) => heir.name.includes(column));
    return namesFor(heir.name, named ?? '', to, names);
  });
  const taken = await inspectorOf(database).takenNames(table, wanted.flat());
  const free = freeNames(taken);
  const freeOfKey = names.keysApart ? freeNames(taken) : free;
  return heirs.map((heir, at) => ({
    ...heir,
    as: (heir.kind === 'foreign key' ? freeOfKey : free)(wanted[at] ?? []),
  }));
}
