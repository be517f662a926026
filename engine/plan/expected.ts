import * as z from 'zod';

// What a table is to look like when its migration is over: known when it is compiled, asked by the audit at the end.

export const grant = z.object({
  /** null is PUBLIC. */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
});
export type Grant = z.infer<typeof grant>;

/** Part of the plan; JSON. Of a default only whether there is one: the database writes it in words of its own. */
export const expected = z.object({
  owner: z.string(),
  column: z.object({
    name: z.string(),
    notNull: z.boolean(),
    hasDefault: z.boolean(),
    comment: z.string().nullable(),
    grants: z.array(grant),
  }),
  indexes: z.array(z.object({ name: z.string(), unique: z.boolean() })),
  constraints: z.array(z.object({ name: z.string(), valid: z.boolean() })),
});
export type Expected = z.infer<typeof expected>;
