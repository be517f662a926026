import * as z from 'zod';

// What a database says of a table, as every engine's inspector gives it.

export const tableFacts = z.object({
  kind: z.enum(['table', 'partitioned', 'other']),
  /** It is a part of a partitioned table. */
  partition: z.boolean(),
  inherits: z.boolean(),
  rows: z.number(),
  bytes: z.number(),
  owned: z.boolean(),
  owner: z.string(),
  hidesRows: z.boolean(),
  version: z.number(),
});
export type TableFacts = z.infer<typeof tableFacts>;

export const column = z.object({
  name: z.string(),
  type: z.string(),
  collation: z.string().nullable(),
  plain: z.boolean(),
  notNull: z.boolean(),
  default: z.string().nullable(),
  identity: z.boolean(),
  generated: z.boolean(),
  inPrimaryKey: z.boolean(),
  inExclusion: z.boolean(),
  comment: z.string().nullable(),
  grants: z
    .array(z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() }))
    .nullable(),
  sequence: z.string().nullable(),
});
export type Column = z.infer<typeof column>;

export const dependent = z.object({ what: z.string(), foreignKey: z.boolean() });
export type Dependent = z.infer<typeof dependent>;

export const inherited = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('column'),
    type: z.string(),
    collation: z.string().nullable(),
    plain: z.boolean(),
    volatileDefault: z.boolean(),
    volatileOldDefault: z.boolean(),
    upDefault: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('index'),
    name: z.string(),
    unique: z.boolean(),
    constraint: z.boolean(),
    deferrable: z.boolean(),
    deferred: z.boolean(),
    definition: z.string(),
  }),
  z.object({ kind: z.literal('check'), name: z.string(), definition: z.string(), valid: z.boolean() }),
  z.object({ kind: z.literal('foreign key'), name: z.string(), definition: z.string(), valid: z.boolean() }),
  z.object({ kind: z.literal('left behind'), what: z.string() }),
]);
export type Inherited = z.infer<typeof inherited>;
