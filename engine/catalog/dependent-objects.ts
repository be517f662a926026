import * as z from 'zod';

// What depends on a column or a table, and what goes with it.

export const dependent = z.object({
  what: z.string(),
  foreignKey: z.boolean(),
  publication: z.boolean(),
  /** A foreign key over the same columns of its table refers to another column by now. */
  doubled: z.boolean().default(false),
  /** It knows the column by its number, not by its name. */
  bound: z.boolean(),
  trigger: z.boolean(),
  /** It is a view, and no materialized one: its text can be made again. */
  view: z.boolean().default(false),
  /** It is a materialized view. */
  materialized: z.boolean().default(false),
  /** It is a trigger, policy or rule of the table itself: it can be made again with it. */
  remade: z.boolean().default(false),
});
export type Dependent = z.infer<typeof dependent>;

/** Something that holds the column's name as text, and what is known of it: `mentions` where nobody has read it. */
export const mention = z.object({
  what: z.string(),
  trigger: z.boolean(),
  naming: z.enum(['names', 'may name', 'mentions']),
});
export type Mention = z.infer<typeof mention>;

/** What goes with a column, in the database's own words, and how much there is of it. */
export const leavingColumn = z.object({
  goesWith: z.array(z.string()),
  /** An estimate; null where the table was never analysed. */
  bytes: z.number().nullable(),
  /** A write that leaves it out, and has no default for it, fails. */
  refusesNull: z.boolean(),
  /** By a constraint of its type, which no statement about the column takes away. */
  byItsType: z.boolean(),
  /** Indexes that have to be dropped before it: the engine would keep them, without the column. */
  indexes: z.array(z.string()).default([]),
  /** Its foreign keys to others, where each has to be dropped before those. */
  foreignKeys: z.array(z.string()).default([]),
});
export type LeavingColumn = z.infer<typeof leavingColumn>;

/** What goes with a table, or follows it, and keeps nothing. */
const followers = [
  'own rule',
  'own key',
  'own policy',
  'own sequence',
  'own trigger',
  'publication',
  // What a view in the table's place would not have, or not give.
  'invisible column',
  'missing right',
] as const;

/** Something that hangs on a table as a whole, in the database's own words. */
export const attachedObject = z.object({
  kind: z.enum([
    'view',
    'referring key',
    'policy elsewhere',
    'default elsewhere',
    'function',
    'row type',
    'heir',
    'extension',
    'subscription',
    ...followers,
  ]),
  what: z.string(),
  /** The other table of a foreign key. */
  table: z.string().nullable(),
});
export type AttachedObject = z.infer<typeof attachedObject>;

/** Whether it keeps the table from being dropped. */
export const keepsTable = ({ kind }: AttachedObject): boolean =>
  !followers.some((follower) => follower === kind);

/** Whether it knows the table by its number alone, and would not go over to another that gets its name. */
export const staysWithTable = ({ kind }: AttachedObject): boolean =>
  kind !== 'own key' && kind !== 'own sequence';

/** With the column that is meant. */
export type OfColumn<T> = T & { readonly column: string };
