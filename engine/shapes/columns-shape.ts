import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';

const column = z.object({ name: z.string(), type: z.string() }).readonly();
export type ShapeColumn = z.infer<typeof column>;

/** Where the data lives, before or after: columns of a table. */
export const shapeSide = z.object({ table: tableName, columns: z.array(column).readonly() }).readonly();
export type ShapeSide = z.infer<typeof shapeSide>;

/** Columns of a row take the place of others, n for m. Where there are no old ones, columns are added. */
export const columnsShape = z
  .object({
    kind: z.literal('columns'),
    old: shapeSide,
    new: shapeSide,
    /** Each new column's value, in SQL over the old ones; of an added column over its row, or null: nothing fills it. */
    up: z.array(z.string().nullable()).readonly(),
    /** Each old column's value, in SQL over the new ones. */
    down: z.array(z.string()).readonly(),
    /** What each old column is called in quarantine, or once the names are exchanged. */
    quarantined: z.array(z.string()).readonly(),
    /** The new columns take the old ones' names in one lock: readers and writers go on as they are. */
    keepsNames: z.exactOptional(z.literal(true)),
    /** No data moves: a view has the table's name and the column under both of its names. What the table is called meanwhile. */
    base: z.exactOptional(z.string()),
  })
  .readonly();
export type ColumnsShape = z.infer<typeof columnsShape>;
