import * as z from 'zod';

const column = z.object({ name: z.string(), type: z.string() }).readonly();
export type ShapeColumn = z.infer<typeof column>;

/** Where the data lives, before or after: columns of a table. */
const side = z
  .object({
    table: z.object({ schema: z.string(), name: z.string() }).readonly(),
    columns: z.array(column).readonly(),
  })
  .readonly();
export type ShapeSide = z.infer<typeof side>;

/** Columns of a row take the place of others, n for m. Where there are no old ones, columns are added. */
const columns = z
  .object({
    kind: z.literal('columns'),
    old: side,
    new: side,
    /** Each new column's value, in SQL over the old ones; of an added column over its row, or null: nothing fills it. */
    up: z.array(z.string().nullable()).readonly(),
    /** Each old column's value, in SQL over the new ones. */
    down: z.array(z.string()).readonly(),
    /** What each old column is called in quarantine. */
    quarantined: z.array(z.string()).readonly(),
  })
  .readonly();
export type ColumnsShape = z.infer<typeof columns>;

/** No data moves: a constraint or an index of a table comes or goes. */
const none = z.object({ kind: z.literal('none') }).readonly();

/** Where the data of a migration lives before and after, for whoever reads, writes or checks it. */
export const shapeSchema = z.discriminatedUnion('kind', [columns, none]);
export type Shape = z.infer<typeof shapeSchema>;

/** The columns that others replace: readers move away from them, and nobody may use them at the end. */
export const replacedColumns = (shape: Shape): readonly ShapeColumn[] =>
  shape.kind === 'columns' ? shape.old.columns : [];

/** The columns that come. */
export const newColumns = (shape: Shape): readonly ShapeColumn[] =>
  shape.kind === 'columns' ? shape.new.columns : [];

/** Whether readers have to choose a side. */
export const readsMove = (shape: Shape): boolean => replacedColumns(shape).length > 0;

/** Every name that a column of the migration has at some time. */
export const columnNames = (shape: Shape): readonly string[] =>
  shape.kind === 'columns'
    ? [...[...shape.old.columns, ...shape.new.columns].map(({ name }) => name), ...shape.quarantined]
    : [];
