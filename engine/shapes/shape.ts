import * as z from 'zod';
import type { TableName } from '../spec/table-name.ts';
import { columnsShape, shapeSide, type ColumnsShape, type ShapeColumn } from './columns-shape.ts';

/** No data moves: a constraint or an index of a table comes or goes. */
const none = z
  .object({
    kind: z.literal('none'),
    /** SQL that is true of a row that an application must not write any more; null where no rule comes. */
    breaks: z.string().nullable(),
  })
  .readonly();

/** Something goes, and nothing takes its place: columns of a table, or all of the table. */
const farewell = z
  .object({
    kind: z.literal('farewell'),
    what: z.enum(['columns', 'table']),
    leaving: shapeSide,
    /** What each column is called in quarantine, or the table. */
    quarantined: z.array(z.string()).readonly(),
  })
  .readonly();

const ownedSequence = z.object({ name: z.string(), column: z.string() }).readonly();
export type OwnedSequence = z.infer<typeof ownedSequence>;

/** No data moves: a table gets another name or goes to another schema, and a view has the old name for a while. */
const renamed = z
  .object({
    kind: z.literal('name'),
    old: shapeSide,
    new: shapeSide,
    /** What the view is called in quarantine. */
    quarantined: z.array(z.string()).readonly(),
    /** Sequences that columns own by themselves: they stay where the old name is until the view goes. */
    sequences: z.exactOptional(z.array(ownedSequence).readonly()),
  })
  .readonly();

/** Rows of a table are copied into another one, which takes its name in one lock: readers and writers go on as they are. */
const tables = z
  .object({
    kind: z.literal('tables'),
    old: shapeSide,
    /** By the name that it has until the names are exchanged. */
    new: shapeSide,
    /** What the old table is called from then on. */
    aside: z.string(),
    /** Tables that hold the new one's rows, and keep their names. */
    parts: z.array(z.string()).readonly(),
  })
  .readonly();
export type TablesShape = z.infer<typeof tables>;

/**
 * Columns of a table go to a new table, whose rows have the same key. A row of the new table that is not there says that its
 * columns hold what they hold when nothing has been said of them.
 */
const split = z
  .object({
    kind: z.literal('split'),
    /** The columns that leave. */
    old: shapeSide,
    /** The columns of the same names. */
    new: shapeSide,
    /** What rows of both tables are found by, under the same names. */
    key: z.array(z.string()).readonly(),
    /** Of each column, in SQL, what it holds where the new table has no row. */
    unsaid: z.array(z.string()).readonly(),
    /** What each old column is called in quarantine. */
    quarantined: z.array(z.string()).readonly(),
    /** The dual write's triggers on the new table. */
    triggers: z.array(z.string()).readonly(),
    /** Unique indexes, constraints and foreign keys that the new table gets once every row is there. */
    late: z.array(z.string()).readonly(),
    /** The foreign keys among them; those of the same names leave the old table. */
    references: z.array(z.string()).readonly(),
  })
  .readonly();
export type SplitShape = z.infer<typeof split>;

/** What the author's own statements do is the author's to say. */
const own = z.object({ kind: z.literal('own') }).readonly();

/** Where the data of a migration lives before and after, for whoever reads, writes or checks it. */
export const shapeSchema = z.discriminatedUnion('kind', [
  columnsShape,
  tables,
  split,
  none,
  farewell,
  renamed,
  own,
]);
export type Shape = z.infer<typeof shapeSchema>;

/** The columns that readers move away from, and that nobody may use at the end. */
export const replacedColumns = (shape: Shape): readonly ShapeColumn[] =>
  shape.kind === 'split' || (shape.kind === 'columns' && shape.keepsNames === undefined)
    ? shape.old.columns
    : [];

/** The columns that nobody may use at the end, whether others take their place or none. */
export const leavingColumns = (shape: Shape): readonly ShapeColumn[] =>
  shape.kind === 'farewell' ? shape.leaving.columns : replacedColumns(shape);

/** What nobody may use at the end: columns of a table, or all of it. */
export interface LeavingPart {
  readonly table: TableName;
  /** None: it is the table itself, by this name. */
  readonly columns: readonly string[];
  /** Where the rows are, if the name is a view's for a while. */
  readonly base?: TableName;
}

/** What nobody may use at the end; null where nothing goes. */
export function leavingPart(shape: Shape): LeavingPart | null {
  if (shape.kind === 'farewell')
    return { table: shape.leaving.table, columns: shape.leaving.columns.map(({ name }) => name) };
  if (shape.kind === 'name') return { table: shape.old.table, columns: [], base: shape.new.table };
  const replaced = replacedColumns(shape).map(({ name }) => name);
  if ((shape.kind !== 'columns' && shape.kind !== 'split') || replaced.length === 0) return null;
  const { table } = shape.old;
  return { table, columns: replaced, ...(isAliased(shape) ? { base: baseOf(shape) } : {}) };
}

type AliasedShape = ColumnsShape & { readonly base: string };

/** Whether a view has the table's name for a while, and no data moves. */
export const isAliased = (shape: Shape): shape is AliasedShape =>
  shape.kind === 'columns' && shape.base !== undefined;

/** The table behind the view. */
const baseOf = ({ old, base }: AliasedShape): TableName => ({ ...old.table, name: base });

/** The names that a table and the view in its place have at some time; null where there is no such view. */
export interface AliasNames {
  /** Of the table, while the view stands. */
  readonly base: TableName;
  readonly tables: readonly TableName[];
  readonly views: readonly TableName[];
}

export function aliasOf(shape: Shape): AliasNames | null {
  if (isAliased(shape)) {
    const [before, base] = [shape.old.table, baseOf(shape)];
    return { base, tables: [before, base], views: [before] };
  }
  if (shape.kind !== 'name') return null;
  const [before, after] = [shape.old.table, shape.new.table];
  const aside = shape.quarantined.map((name) => ({ ...before, name }));
  return { base: after, tables: [before, after], views: [before, ...aside] };
}

/** The names that a table has before and in quarantine, where all of it goes. */
export const leavingTable = (shape: Shape): { readonly name: string; readonly quarantined: string } | null =>
  shape.kind === 'farewell' && shape.what === 'table'
    ? { name: shape.leaving.table.name, quarantined: shape.quarantined[0] ?? '' }
    : null;

/** Whether something is put aside before it goes. */
export const somethingLeaves = (shape: Shape): boolean => shape.kind === 'farewell' || readsMove(shape);

/** The columns that come, as they are called at first. */
export const newColumns = (shape: Shape): readonly ShapeColumn[] =>
  shape.kind === 'columns' ? shape.new.columns : [];

/** Whether the names stay, and what is behind them changes. */
export const isSwapped = (shape: Shape): shape is ColumnsShape =>
  shape.kind === 'columns' && shape.keepsNames === true;

/** What the columns that came are called in the end. */
export const lastingNames = (shape: Shape): readonly string[] =>
  (isSwapped(shape) ? shape.old.columns : newColumns(shape)).map(({ name }) => name);

/** What must be gone in the end. */
export const passingNames = (shape: Shape): readonly string[] =>
  columnNames(shape).filter((name) => !lastingNames(shape).includes(name));

/** Whether readers have to choose a side. */
export const readsMove = (shape: Shape): boolean =>
  shape.kind === 'name' || replacedColumns(shape).length > 0;

/** Every name that a column of the migration has at some time. */
export const columnNames = (shape: Shape): readonly string[] => [
  ...[...(shape.kind === 'columns' ? shape.old.columns : leavingColumns(shape)), ...newColumns(shape)].map(
    ({ name }) => name,
  ),
  ...quarantinedColumns(shape),
];

/** What the columns that leave are called in quarantine, or once the names are exchanged. */
export function quarantinedColumns(shape: Shape): readonly string[] {
  if (shape.kind === 'farewell') return shape.what === 'columns' ? shape.quarantined : [];
  return shape.kind === 'columns' || shape.kind === 'split' ? shape.quarantined : [];
}

/** The table that gets what a plan makes: another one than the plan's where columns go to a new one. */
export const builtTable = (shape: Shape, table: TableName): TableName =>
  shape.kind === 'split' ? shape.new.table : table;
