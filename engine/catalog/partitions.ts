import * as z from 'zod';

const named = { schema: z.string(), name: z.string() };

/** A partition of a table, at any depth. */
export const partition = z
  .object({
    ...named,
    /** The table that it is a part of. */
    of: z.object(named).readonly(),
    /** It has rows of its own. */
    isLeaf: z.boolean(),
    isForeign: z.boolean(),
    owned: z.boolean(),
  })
  .readonly();
export type Partition = z.infer<typeof partition>;

/** What an index of the table must know of it. */
export type IndexPartition = Pick<Partition, 'schema' | 'name' | 'of' | 'isLeaf'>;
