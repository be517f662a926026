import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';

const columnOf = z.object({
  table: tableName,
  column: z.string(),
});
export type ColumnOf = Readonly<z.infer<typeof columnOf>>;

/** A column that holds values of another table's key. */
export const referrer = z.object({
  at: columnOf,
  type: z.string(),
  /** The column that its foreign key refers to; null where it has none, and only its name says so. */
  refersTo: columnOf.nullable(),
  /** Its table is partitioned, or is a partition. */
  inPartitions: z.boolean(),
  /** A migration of ours replaces it, and has not ended. */
  migrating: z.boolean(),
});
export type Referrer = Readonly<z.infer<typeof referrer>>;
