import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';

/** The sequence behind an identity column. Its numbers as text: they need 64 bits. */
export const identitySequence = z.object({
  always: z.boolean(),
  name: tableName,
  start: z.string(),
  increment: z.string(),
  min: z.string(),
  max: z.string(),
  cache: z.string(),
  cycle: z.boolean(),
  comment: z.string().nullable(),
  grants: z.array(
    z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() }),
  ),
  /** What else in the database would be lost with it, in the database's own words. */
  usedBy: z.array(z.string()),
});
export type IdentitySequence = Readonly<z.infer<typeof identitySequence>>;
