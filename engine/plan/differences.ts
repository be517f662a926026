import * as z from 'zod';

/**
 * Where tables exchange their names: what one of both has and the other has not, before the swap and on the way back. Each asks
 * the catalog alone, and gives rows of JSON: `{"what": "index a is new"}`.
 */
export const differences = z.object({ swap: z.string(), back: z.string() }).readonly();
export type Differences = z.infer<typeof differences>;
