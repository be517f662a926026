import * as z from 'zod';

/** What the server has counted of a table. Counts are since `countedSeconds` ago. */
export const tableStatistics = z.object({
  /** The planner's estimate; -1 where the table was never analysed. */
  rows: z.number(),
  /** Of the table with its large values, without its indexes. */
  tableBytes: z.number(),
  indexBytes: z.number(),
  indexes: z.number(),
  deadRows: z.number(),
  inserts: z.number(),
  updates: z.number(),
  deletes: z.number(),
  indexScans: z.number(),
  wholeScans: z.number(),
  countedSeconds: z.number(),
  /** The mean width of the columns of the change; null where nothing was counted. */
  columnBytes: z.number().nullable(),
  /** How far the key's order is the order on disk, -1 to 1; null where nothing was counted. */
  keyOrder: z.number().nullable(),
  /** The share of rows that the commonest value of the key's first column has; null where none is common. */
  keyShare: z.number().nullable(),
  /** Row-level triggers of other people that every batch of a backfill fires. */
  updateTriggers: z.array(z.string()),
  publications: z.array(z.string()),
  /** That give rows of the table's own type. */
  rowFunctions: z.array(z.string()),
  autovacuum: z.boolean(),
  /** Of sessions that the role may see. */
  oldestTransactionSeconds: z.number(),
  /** Settings by which the server logs values of statements, as they are: `log_statement is mod`. */
  valuesLogged: z.array(z.string()),
  version: z.string(),
});
export type TableStatistics = Readonly<z.infer<typeof tableStatistics>>;

/** Of a table that is not there any more. */
export const nothingCounted: TableStatistics = {
  rows: 0,
  tableBytes: 0,
  indexBytes: 0,
  indexes: 0,
  deadRows: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  indexScans: 0,
  wholeScans: 0,
  countedSeconds: 0,
  columnBytes: null,
  keyOrder: null,
  keyShare: null,
  updateTriggers: [],
  publications: [],
  rowFunctions: [],
  autovacuum: true,
  oldestTransactionSeconds: 0,
  valuesLogged: [],
  version: '',
};
