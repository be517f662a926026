import * as z from 'zod';

/** A table by its names in the catalog: unquoted, case kept. */
export const tableName = z.object({ schema: z.string(), name: z.string() }).readonly();
export type TableName = z.infer<typeof tableName>;
